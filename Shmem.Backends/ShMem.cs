using System.Runtime.CompilerServices;

namespace Shmem.Backends;

/// <summary>A segment of shared memory, mapped into this process.</summary>
/// <remarks>
/// <para>
/// Disposing ends this view. The mapping goes when its last clone, lease and pin is gone; the owner's last one also releases the segment, so that
/// its id can no longer be opened, while mappings of others stay valid.
/// </para>
/// <para>
/// <b>A bare <see cref="Span"/> does not keep the mapping alive.</b> Reading one after its last view was disposed is a fatal fault. Take a
/// <see cref="Lease"/> for as long as a span or pointer is used where someone else may dispose.
/// </para>
/// <para>The members may be used from any thread; the bytes are shared memory, ordered only by what you do with them.</para>
/// </remarks>
public sealed unsafe class ShMem : IDisposable
{
    private readonly CountedMapping _segment;
    private readonly ShMemDescription _description;
    private int _disposed;

    /// <summary>The first view of a mapping, which it owns from here on.</summary>
    internal ShMem(SafeMapping mapping, in ShMemDescription description, bool isOwner) : this(new CountedMapping(mapping), description, isOwner)
    {
    }

    private ShMem(CountedMapping segment, in ShMemDescription description, bool isOwner)
    {
        _segment = segment;
        _description = description;
        IsOwner = isOwner;
    }

    /// <summary>The id by which others open it.</summary>
    public ShMemId Id => _description.Id;

    /// <summary>What another process needs to open it.</summary>
    public ShMemDescription Description => _description;

    /// <summary>Usable bytes.</summary>
    public long Length => _description.Size;

    /// <summary>True for the view that created the segment and for its clones.</summary>
    public bool IsOwner { get; }

    /// <summary>The operating system's own name of it, as a target that was not built for Shmem reads it: the shmid of System V, the name of POSIX.</summary>
    public string NativeId => _description.Id.Rest;

    /// <summary>The first byte of the mapping. Valid while this view, a clone or a lease lives.</summary>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return _segment.Start;
        }
    }

    /// <summary>All bytes. See the remarks on <see cref="ShMem"/> for how long they may be used.</summary>
    /// <exception cref="InvalidOperationException">The segment is longer than a span can be: use <see cref="Slice"/>.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public Span<byte> Span => Length <= int.MaxValue
        ? new Span<byte>(Pointer, (int)Length)
        : throw new InvalidOperationException($"{Length} bytes do not fit a span: use Slice(long, int).");

    /// <summary>Some of the bytes, at any offset of a segment of any size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice does not lie within the segment.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public Span<byte> Slice(long offset, int length)
    {
        CheckRange(offset, length);
        // SAFETY: the range lies within the mapping, checked above.
        return new Span<byte>(Pointer + offset, length);
    }

    /// <summary>A <typeparamref name="T"/> that lies in the segment.</summary>
    /// <param name="offset">
    /// Bytes from the start, so that it lies at a multiple of 16 where that is the type's size, else of the largest power of two up to 8 that the size is a multiple of.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the segment, or is not aligned.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public ref T Ref<T>(long offset) where T : unmanaged
    {
        CheckRange(offset, sizeof(T));
        // What a type needs divides its size.
        var alignment = sizeof(T) == 16 ? 16 : Math.Min(8, sizeof(T) & -sizeof(T));
        var place = Pointer + offset;
        // The address, since a mapping with a guard after it starts anywhere.
        if ((nuint)place % (nuint)alignment != 0) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Not at a multiple of {alignment}.");
        // SAFETY: in range and aligned, checked above.
        return ref Unsafe.AsRef<T>(place);
    }

    /// <summary>The bytes as memory. It holds a lease until its owner is disposed, so it outlives this view safely.</summary>
    /// <exception cref="InvalidOperationException">The segment is longer than memory can be.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public System.Buffers.IMemoryOwner<byte> Memory()
    {
        if (Length > int.MaxValue) throw new InvalidOperationException($"{Length} bytes do not fit a Memory<byte>: use Slice(long, int).");
        return new SegmentMemory(_segment, Lease(), (int)Length);
    }

    /// <summary>A stream over the bytes, of fixed length, which holds a lease until it is disposed.</summary>
    /// <param name="access">What the stream lets through. Writing to a view for reading is a fatal fault, whatever it says.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is no access.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public Stream AsStream(FileAccess access = FileAccess.ReadWrite) => new SegmentStream(Lease(), Length, access);

    /// <summary>Keeps the mapping valid until the lease is disposed, whoever disposes the views meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public ShMemLease Lease()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0 || !_segment.TryAddReference(), this);
        return new ShMemLease(_segment);
    }

    /// <summary>Another view of the same mapping. The caller disposes it; the order does not matter.</summary>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public ShMem Clone()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0 || !_segment.TryAddReference(), this);
        return new ShMem(_segment, _description, IsOwner);
    }

    /// <summary>
    /// Lets the segment outlive its holders, this process and <c>kill -9</c> of everybody: from now on only <see cref="ShMemProvider.Remove"/>, or the
    /// machine's restart, ends it. Further calls do nothing.
    /// </summary>
    /// <remarks>Recorded for <see cref="Janitor.PersistedSegments"/>, so that <c>doctor</c> tells it from a leftover and the janitor never removes it.</remarks>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.Unsupported"/>: the backend, or the operating system, has no segment that outlives its holders; System V has them under a
    /// name only. <see cref="ShMemError.Invalid"/>: this is not the owner's view. <see cref="ShMemError.NotFound"/>: its name is gone, removed by somebody or by the
    /// end of this process: a handler of <see cref="AppDomain.ProcessExit"/> that was added after the first name comes too late.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public void Persist()
    {
        // A lease: the owner's name must not be given up meanwhile.
        using var lease = Lease();
        if (!IsOwner)
        {
            throw new ShMemException(ShMemError.Invalid, $"persist {Id}", "this view is not its owner's", "Let the process that created it persist it.");
        }

        _segment.Persist(_description);
    }

    /// <summary>
    /// Lets the system take pages away when memory is short, of a segment that is a region of Android's ashmem (linux/ashmem.h, ASHMEM_UNPIN): a cache that
    /// can be made anew. They stay mapped, and may read as zeros, until <see cref="Pin"/>. New segments are pinned. All holders share one state.
    /// A view of such a segment has a descriptor for it.
    /// </summary>
    /// <param name="offset">Bytes from the start, a multiple of the page's size.</param>
    /// <param name="length">Bytes, at least 1: a multiple of the page's size, or all that follows.</param>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.Unsupported"/>: it is no such region. <see cref="ShMemError.Invalid"/>: the range is not one of whole pages.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the segment.</exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public void Unpin(long offset, long length)
    {
        using var lease = Lease();
        CheckRange(offset, length);
        _segment.Unpin(_description, offset, length);
    }

    /// <summary>Keeps pages from being taken away again (ASHMEM_PIN).</summary>
    /// <returns>True where some have been taken away since they were unpinned, and read as zeros now.</returns>
    /// <inheritdoc cref="Unpin"/>
    public bool Pin(long offset, long length)
    {
        using var lease = Lease();
        CheckRange(offset, length);
        return _segment.Pin(_description, offset, length);
    }

    /// <summary>Ends this view. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _segment.Release();
    }

    /// <summary>The id and the size, for logs.</summary>
    public override string ToString() => $"{Id} ({Length} bytes)";

    private void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
    }
}

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// One stream for every run: read-only, seekable, over memory that belongs to the run. After it, reads are refused: a thread that the
/// target left behind must not see the next input grow under it, nor memory that is gone.
/// </summary>
internal sealed unsafe class InputStream : Stream
{
    private byte* _bytes;
    private int _length;
    private int _position;
    private bool _isOpen;

    public override bool CanRead => _isOpen;

    public override bool CanSeek => _isOpen;

    public override bool CanWrite => false;

    public override long Length
    {
        get
        {
            ThrowIfClosed();
            return _length;
        }
    }

    public override long Position
    {
        get
        {
            ThrowIfClosed();
            return _position;
        }

        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Begins a run, whatever the last one did to the stream.</summary>
    public void Open(byte* bytes, int length)
    {
        _bytes = bytes;
        _length = length;
        _position = 0;
        _isOpen = true;
    }

    /// <summary>Ends a run.</summary>
    public void Revoke()
    {
        _isOpen = false;
        _length = 0;
        _bytes = null;
    }

    public override int Read(Span<byte> buffer)
    {
        ThrowIfClosed();
        var count = Math.Min(buffer.Length, Math.Max(0, _length - _position));
        // SAFETY: [_position, _position + count) lies within the run's memory, which its owner keeps until Revoke.
        new ReadOnlySpan<byte>(_bytes + _position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override int ReadByte()
    {
        ThrowIfClosed();
        // SAFETY: the position is below the length of the run's memory.
        return _position < _length ? _bytes[_position++] : -1;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        ThrowIfClosed();
        var position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => _length,
            _ => throw new ArgumentException("There is no such origin.", nameof(origin)),
        };
        if (position < 0)
            throw new IOException("The position is before the stream's beginning.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, int.MaxValue, nameof(offset));
        return _position = (int)position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("The input is read-only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The input is read-only.");

    /// <summary>Closes it for the rest of the run; the next one opens it again.</summary>
    protected override void Dispose(bool disposing)
    {
        _isOpen = false;
        base.Dispose(disposing);
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(!_isOpen, this);
}

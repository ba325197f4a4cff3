using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Win32;

/// <summary>
/// Sections of the page file (CreateFileMappingW). Any process of the user opens one by its name within the session, or, where it has none, by a handle.
/// </summary>
/// <remarks>
/// <para>
/// A name goes with its last handle, which is the owner's: others close theirs as soon as they have a view. So the backend is crash-clean. Windows
/// counts a section in whole pages, so a name also has the size that was asked for.
/// </para>
/// <para>
/// A section without a name is in no list of the session's objects. Its id says which process has which handle of it: a process of the user duplicates
/// it out of that one, and <see cref="DuplicateInto"/> puts one into a child, which needs no right on its parent then.
/// </para>
/// <para>
/// <code>
/// // In the parent, which tells a child that it has started by the child's standard input:
/// using var map = new Win32ShMemProvider(named: false).Create(65536);
/// child.StandardInput.WriteLine(Win32ShMemProvider.DuplicateInto(map, child).Id);
///
/// // In the child:
/// using var map = new StdShMemProvider().Open(new ShMemDescription(ShMemId.Parse(Console.ReadLine()!), 65536));
/// </code>
/// </para>
/// </remarks>
[SupportedOSPlatform("windows")]
public sealed class Win32ShMemProvider : ShMemProvider
{
    /// <summary>The namespace of the session; only it is used, since that of the machine (Global\) needs a privilege.</summary>
    private const string Session = @"Local\";

    /// <summary>How each of our names begins: 32 digits of a GUID, a hyphen and the size in hexadecimal follow.</summary>
    private const string Prefix = Session + "shmem-";

    private const int GuidDigits = 32;

    private readonly bool _named;

    /// <summary>A provider of sections with names.</summary>
    public Win32ShMemProvider() : this(named: true)
    {
    }

    /// <summary>A provider of sections with or without names. It opens both.</summary>
    /// <param name="named">False: segments have ids of the form <c>win:&lt;pid&gt;.&lt;handle&gt;.&lt;nonce&gt;</c>, and none can have a name of yours.</param>
    public Win32ShMemProvider(bool named)
    {
        _named = named;
        Capabilities = new(ShMemScope.User, CrashClean: true, ReadOnly: true, LargestSize: ShMemCapabilities.AddressSpace, HugePages: false, Names: named,
            Persists: false);
    }

    /// <inheritdoc/>
    public override string Scheme => "win";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; }

    /// <summary>Gives a child, or any other process, a handle of a section of its own, by which it opens the segment whatever its rights.</summary>
    /// <param name="segment">A view of a section without a name: its creator's, or that which owns a handle that was duplicated into this process.</param>
    /// <param name="child">A process that has been started and has not ended.</param>
    /// <param name="access">
    /// What a view by the handle can do. One for reading keeps the child from writing by mistake; as the same user it could get itself a handle for more.
    /// </param>
    /// <returns>
    /// What the child opens, with any provider of this backend or <see cref="StdShMemProvider"/>. The first view that it opens owns the handle; one that it never opens stays
    /// until the child ends.
    /// </returns>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.Invalid"/>: the segment has a name, or is reached by another process's handle. <see cref="ShMemError.Denied"/>: the process is another user's, or
    /// has ended.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The view is disposed.</exception>
    public static ShMemDescription DuplicateInto(ShMem segment, Process child, ShMemAccess access = ShMemAccess.ReadWrite)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentNullException.ThrowIfNull(child);
        // The handle goes with the view.
        using var lease = segment.Lease();
        var purpose = $"duplicate {segment.Id} into process {child.Id}";
        if (!HandleId.TryParse(segment.Id, out var id) || id.Pid != Environment.ProcessId)
        {
            throw new ShMemException(ShMemError.Invalid, purpose, "this process has no handle of it",
                $"Create it with new {nameof(Win32ShMemProvider)}(named: false), in this process; one with a name is opened by its id.");
        }

        using var process = Kernel32Processes.OpenForHandles(child.Id);
        if (process.IsInvalid) throw Win32Failure.Of("OpenProcess", purpose);
        var given = new HandleId(child.Id, HeldSection.Give(id, process, access, purpose), id.Nonce);
        return segment.Description with { Id = given.ToId() };
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size) => _named
        ? CreateSection(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Guid.NewGuid():N}-{size:x}"), size)
        : HeldSection.Create(size, Purpose(size));

    /// <summary>Creates a segment of that name; one that exists is refused, whoever made it.</summary>
    internal static ShMem CreateSection(string name, long size)
    {
        var purpose = Purpose(size);
        var description = new ShMemDescription(ShMemId.Parse($"win:{name}"), size);
        var section = Kernel32Sections.Create(name, size, UserOnly.Descriptor);
        var error = Marshal.GetLastPInvokeError();
        try
        {
            // INVALID_HANDLE: the name belongs to something that is no section.
            if (error is Win32Error.ALREADY_EXISTS || (section.IsInvalid && error is Win32Error.INVALID_HANDLE))
            {
                throw Taken($"{purpose}: CreateFileMappingW {name}", error);
            }

            if (section.IsInvalid) throw Win32Failure.Of("CreateFileMappingW", purpose, error);
            var mapping = Win32Mapping.Own(section);
            if (mapping.IsInvalid) throw Win32Failure.Of("MapViewOfFile", purpose);
            return new ShMem(mapping, description, isOwner: true);
        }
        catch
        {
            section.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (HandleId.TryParse(description.Id, out var id))
            return id.Pid == Environment.ProcessId ? HeldSection.Open(id, description, access) : HeldSection.OpenIn(id, description, access);
        var name = description.Id.Rest;
        if (!description.Id.HasScheme("win"u8) || !IsName(name)) throw NotOurs(description.Id);
        using var section = Kernel32Sections.Open(name, access);
        if (section.IsInvalid) throw Win32Failure.Of("OpenFileMappingW", $"open {description.Id}");
        return View(section, description, access);
    }

    /// <inheritdoc/>
    /// <remarks>Named <c>Local\name</c>. Windows says its size in whole pages only, so a view may be larger than its creator's by less than one.</remarks>
    protected internal override ShMem CreateNamedCore(string name, long size) =>
        _named ? CreateSection(Session + name, size) : base.CreateNamedCore(name, size);

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access) => _named
        ? OpenCore(new ShMemDescription(ShMemId.Parse($"win:{Session}{name}"), size), access)
        : base.OpenNamedCore(name, size, access);

    /// <summary>What is being done, for messages; a size that cannot be is refused, so that its digits, twelve at most, fit a name that fits an id.</summary>
    private static string Purpose(long size)
    {
        var purpose = $"create win segment of {size} bytes";
        return size <= ShMemCapabilities.AddressSpace ? purpose : throw new ShMemException(ShMemError.LimitReached, purpose,
            $"a process can address {ShMemCapabilities.AddressSpace} bytes", "Ask for less.");
    }

    /// <summary>Maps the whole of a section, since only then the system says how long it is.</summary>
    private static ShMem View(SafeMemoryMappedFileHandle section, in ShMemDescription description, ShMemAccess access)
    {
        var mapping = Win32Mapping.View(section, access);
        if (mapping.IsInvalid) throw Win32Failure.Of("MapViewOfFile", $"open {description.Id}");
        try
        {
            var real = Kernel32Sections.Length(mapping.DangerousGetHandle());
            if (AskedSize(description.Id.Rest) is { } asked) real = Math.Min(real, asked);
            if (real < description.Size) throw TooSmall(description, real);
            return new ShMem(mapping, description, isOwner: false);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    private static bool IsName(string name) =>
        name.StartsWith(Session, StringComparison.Ordinal) && name.Length > Session.Length && name.IndexOf('\\', Session.Length) < 0;

    /// <summary>The size in a name of ours; null in another's.</summary>
    private static long? AskedSize(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length + GuidDigits && name[Prefix.Length + GuidDigits] == '-'
        && long.TryParse(name.AsSpan(Prefix.Length + GuidDigits + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size)
            ? size : null;
}

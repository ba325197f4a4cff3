using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Win32;

/// <summary>Sections of the page file (CreateFileMappingW), named within the session. Any process of the user in it opens one by its name.</summary>
/// <remarks>
/// The name goes with its last handle, which is the owner's: others close theirs as soon as they have a view. So the backend is crash-clean. Windows
/// counts a section in whole pages, so a name also has the size that was asked for.
/// </remarks>
[SupportedOSPlatform("windows")]
public sealed class Win32ShMemProvider : ShMemProvider
{
    /// <summary>The namespace of the session; only it is used, since that of the machine (Global\) needs a privilege.</summary>
    private const string Session = @"Local\";

    /// <summary>How each of our names begins: 32 digits of a GUID, a hyphen and the size in hexadecimal follow.</summary>
    private const string Prefix = Session + "shmem-";

    private const int GuidDigits = 32;

    /// <inheritdoc/>
    public override string Scheme => "win";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: true, ReadOnly: true,
        LargestSize: ShMemCapabilities.AddressSpace, HugePages: false, Names: true, Persists: false);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size) =>
        CreateSection(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Guid.NewGuid():N}-{size:x}"), size);

    /// <summary>Creates a segment of that name; one that exists is refused, whoever made it.</summary>
    internal static ShMem CreateSection(string name, long size)
    {
        var purpose = $"create win segment of {size} bytes";
        // Its digits, twelve at most, fit a name that fits an id.
        if (size > ShMemCapabilities.AddressSpace)
        {
            throw new ShMemException(ShMemError.LimitReached, purpose, $"a process can address {ShMemCapabilities.AddressSpace} bytes", "Ask for less.");
        }

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
        var name = description.Id.Rest;
        if (!description.Id.HasScheme("win"u8) || !IsName(name)) throw NotOurs(description.Id);
        using var section = Kernel32Sections.Open(name, access);
        if (section.IsInvalid) throw Win32Failure.Of("OpenFileMappingW", $"open {description.Id}");
        return View(section, description, access);
    }

    /// <inheritdoc/>
    /// <remarks>Named <c>Local\name</c>. Windows says its size in whole pages only, so a view may be larger than its creator's by less than one.</remarks>
    protected internal override ShMem CreateNamedCore(string name, long size) => CreateSection(Session + name, size);

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access) =>
        OpenCore(new ShMemDescription(ShMemId.Parse($"win:{Session}{name}"), size), access);

    /// <summary>Maps the whole of a section, since only then the system says how long it is.</summary>
    private static ShMem View(SafeMemoryMappedFileHandle section, in ShMemDescription description, ShMemAccess access)
    {
        var mapping = Win32Mapping.View(section, access);
        if (mapping.IsInvalid) throw Win32Failure.Of("MapViewOfFile", $"open {description.Id}");
        try
        {
            if (!Kernel32Sections.Query(mapping.DangerousGetHandle(), out var pages)) throw Win32Failure.Of("VirtualQuery", $"open {description.Id}");
            // Pages that were only reserved, by another program, fault: they are none.
            var real = pages.State == Kernel32Sections.MEM_COMMIT ? (long)pages.RegionSize : 0;
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

using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.SysV;

/// <summary>System V shared memory, on Linux crash-clean: marked for removal as soon as its creator is attached (shmctl(2), IPC_RMID).</summary>
/// <remarks>
/// A marked segment can still be attached while somebody is, and is gone with the last one, however that ends: unlike the ids of other
/// backends, one stays good after the owner's dispose for as long as anybody is attached. The number in its id is
/// what AFL++ targets read from <c>__AFL_SHM_ID</c>: <see cref="ShMem.NativeId"/>. One with a name of the user's cannot be marked, since the mark takes its
/// key: <see cref="ShMemCampaign"/> says what becomes of it under <c>kill -9</c>. It is up to 63 bytes longer, for what tells its name.
/// On macOS nobody can attach a marked segment: there its creator's dispose removes it, <c>kill -9</c> leaves it (<c>ipcrm -m</c>), and there are no names.
/// </remarks>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
public sealed class SysVShMemProvider : ShMemProvider
{
    /// <summary>How often a name is made again that a sweep met half made.</summary>
    private const int Attempts = 8;

    private const int NewSegment = LibcSysV.IPC_CREAT | LibcSysV.IPC_EXCL | LibcFile.OwnerOnly;

    private readonly bool _marksAtBirth;

    /// <summary>A provider; it has no state.</summary>
    public SysVShMemProvider() : this(OperatingSystem.IsLinux())
    {
    }

    /// <param name="marksAtBirth">False: a segment without a name is removed by its creator's dispose, as on macOS.</param>
    internal SysVShMemProvider(bool marksAtBirth) => _marksAtBirth = marksAtBirth;

    /// <inheritdoc/>
    public override string Scheme => "sysv";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities => new(ShMemScope.User, CrashClean: _marksAtBirth, ReadOnly: true,
        LargestSize: SysVLimits.Largest(), HugePages: false, Names: OperatingSystem.IsLinux(), Persists: OperatingSystem.IsLinux());

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        if (!_marksAtBirth || !OperatingSystem.IsLinux()) return Create(LibcSysV.IPC_PRIVATE, size)!;
        lock (BirthKey.Gate)
        {
            while (true)
            {
                if (Create(BirthKey.Current(), size) is { } segment) return segment;
                BirthKey.Renew();
            }
        }
    }

    /// <returns>Null where another segment has the key.</returns>
    private ShMem? Create(int key, long size)
    {
        var number = LibcSysV.Get(key, (nuint)size, NewSegment);
        if (number < 0) return Marshal.GetLastPInvokeError() == LibcErrno.EEXIST ? null : throw SysVLimits.AtCreate(size);
        var mapping = SysVMapping.Attach(number, ShMemAccess.ReadWrite);
        var errno = Marshal.GetLastPInvokeError();
        if (mapping.IsInvalid || _marksAtBirth)
        {
            var marked = LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
            if (mapping.IsInvalid) throw SysVLimits.AtAttach($"create sysv segment of {size} bytes", errno);
            if (marked != 0)
            {
                var failure = UnixFailure.Of("shmctl(IPC_RMID)", $"create sysv segment of {size} bytes");
                mapping.Dispose();
                throw failure;
            }
        }
        else
        {
            mapping.Owned = number;
        }

        return new ShMem(mapping, new ShMemDescription(SysVNames.IdOf(number), size), isOwner: true);
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateNamedCore(string name, long size)
    {
        if (!OperatingSystem.IsLinux()) return base.CreateNamedCore(name, size);
        var purpose = $"create sysv segment '{name}' of {size} bytes";
        if (size > ShMemCapabilities.AddressSpace) throw new ShMemException(ShMemError.LimitReached, purpose, "no process can address that much", "Ask for less.");
        var hash = SysVNames.Hash(name);
        var nonce = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        var entry = ShMemCampaign.List(ListedName.SysV(SysVNames.KeyOf(hash), nonce));
        try
        {
            for (var attempt = 1; attempt <= Attempts; attempt++)
                if (TryCreateNamed(hash, nonce, size, entry, purpose) is { } segment) return segment;
            throw SysVLimits.AtAttach(purpose, LibcErrno.EIDRM);
        }
        catch (ShMemException)
        {
            entry.Clear();
            throw;
        }
    }

    /// <returns>Null where a sweep took it, between two of these calls, for one that a killed process had left there.</returns>
    [SupportedOSPlatform("linux")]
    private static ShMem? TryCreateNamed(byte[] hash, ulong nonce, long size, ManifestEntry entry, string purpose)
    {
        var key = SysVNames.KeyOf(hash);
        var number = LibcSysV.Get(key, (nuint)SysVTrailer.Total(size), NewSegment);
        if (number < 0) throw Marshal.GetLastPInvokeError() == LibcErrno.EEXIST ? Taken($"{purpose}: shmget", LibcErrno.EEXIST) : SysVLimits.AtCreate(size);
        var mapping = NamedSysVMapping.Attach(number, ListedName.SysV(key, nonce), entry);
        if (mapping.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
            return errno == LibcErrno.EINVAL || errno == LibcErrno.EIDRM ? null : throw SysVLimits.AtAttach(purpose, errno);
        }

        if (SysVTrailer.TryWrite(mapping.DangerousGetHandle(), size, nonce, hash))
        {
            mapping.Owned = number;
            return new ShMem(mapping, new ShMemDescription(SysVNames.IdOf(number), size), isOwner: true);
        }

        LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
        mapping.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access)
    {
        if (!OperatingSystem.IsLinux()) return base.OpenNamedCore(name, size, access);
        var hash = SysVNames.Hash(name);
        var number = LibcSysV.Get(SysVNames.KeyOf(hash), 0, 0);
        if (number < 0) throw UnixFailure.Of("shmget", $"open sysv segment '{name}'");
        return Open(number, new ShMemDescription(SysVNames.IdOf(number), size), access, hash);
    }

    /// <inheritdoc/>
    protected internal override bool RemoveCore(in ShMemId id)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ShMemException(ShMemError.Unsupported, $"remove {(id.IsEmpty ? "an empty id" : id)}", "here a segment of sysv is removed by its creator's dispose",
                "What a killed creator has left is removed by 'ipcrm -m' and its number.");
        }

        if (!TryNumber(id, out var number)) return false;
        var folder = RuntimeFolder.Find();
        // One without a key is marked for removal already, and here as long as somebody is attached.
        if (LibcSysV.Status(number, out var status) == 0 && status.Key == LibcSysV.IPC_PRIVATE) return false;
        if (LibcSysV.Control(number, LibcSysV.IPC_RMID, 0) == 0)
        {
            PersistedSegments.Tidy(folder);
            return true;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == LibcErrno.EINVAL || errno == LibcErrno.EIDRM ? false : throw UnixFailure.Of("shmctl(IPC_RMID)", $"remove {id}", errno);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access) =>
        TryNumber(description.Id, out var number) ? Open(number, description, access, []) : throw NotOurs(description.Id);

    /// <param name="number">The shmid.</param>
    /// <param name="description">Its id and the size to map.</param>
    /// <param name="access">How.</param>
    /// <param name="name">The hash of the name that it must have; empty where it was not asked for by name.</param>
    private static ShMem Open(int number, in ShMemDescription description, ShMemAccess access, ReadOnlySpan<byte> name)
    {
        // Attached first, measured then: while we are attached the number cannot come to name another segment.
        var mapping = SysVMapping.Attach(number, access);
        if (mapping.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            // EINVAL is what shmat says of a number that no longer names anything.
            throw SysVLimits.AtAttach($"open {description.Id}", errno == LibcErrno.EINVAL ? LibcErrno.ENOENT : errno);
        }

        try
        {
            if (LibcSysV.Status(number, out var status) != 0)
                throw UnixFailure.Of("shmctl(IPC_STAT)", $"open {description.Id}");
            var real = (long)status.Size;
            // One without a key has no trailer, or had a name until its owner let it go: then it also has the trailer's bytes.
            if (status.Key != LibcSysV.IPC_PRIVATE && SysVTrailer.TryRead(mapping.DangerousGetHandle(), status.Size, out var trailer))
            {
                real = trailer.Size;
                if (trailer.IsOf(name) && status.User == LibcFile.ThisUser) name = [];
            }

            if (!name.IsEmpty)
            {
                throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "it has the name's key and is not of that name",
                    "Ask its creator whether it is made yet; where a stranger has the key, choose another name.");
            }

            if (real < description.Size) throw TooSmall(description, real);
            return new ShMem(mapping, description, isOwner: false);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    private static bool TryNumber(in ShMemId id, out int number)
    {
        number = 0;
        return id.HasScheme("sysv"u8) && int.TryParse(id.RestBytes, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Backends.SysV;

namespace Shmem.Backends.Janitor;

/// <summary>
/// A name that outlives a process, and what tells its bearer from another that has the name by now: <c>posix:/name</c> (a random name of ours, which
/// nobody else has), <c>posix:/name device inode</c>, <c>sysv:key nonce</c>, or <c>socket:path</c> of a service, whose bearer is whoever answers there.
/// </summary>
[SupportedOSPlatform("linux")]
internal readonly record struct ListedName
{
    private ListedName(string text) => Text = text;

    /// <summary>The one line of it.</summary>
    public string Text { get; }

    public static ListedName Posix(string name) => new($"posix:{name}");

    public static ListedName Posix(string name, FileIdentity bearer) =>
        new(string.Create(CultureInfo.InvariantCulture, $"posix:{name} {bearer.Device} {bearer.Inode}"));

    public static ListedName SysV(int key, ulong nonce) => new(string.Create(CultureInfo.InvariantCulture, $"sysv:{key} {nonce:x16}"));

    public static ListedName Socket(string path) => new($"socket:{path}");

    /// <summary>Reads a line that one of the above wrote. A line of any other kind is none.</summary>
    public static bool TryParse(string line, out ListedName name)
    {
        name = new ListedName(line);
        return name.TryGetPosix(out _, out _) || name.TryGetSysV(out _, out _) || name.TryGetSocket(out _);
    }

    /// <summary>The id of the segment that bears the name, where there is one still; null where it is gone, or the name is another's or no segment's.</summary>
    public ShMemId? Find()
    {
        if (TryGetPosix(out var name, out var bearer)) return PosixNames.Leads(name, bearer) && ShMemId.TryParse($"posix:{name}", null, out var id) ? id : null;
        return TryGetSysV(out var key, out var nonce) && SysVNames.Find(key, nonce) is { } number ? SysVNames.IdOf(number) : null;
    }

    /// <summary>Removes it.</summary>
    /// <returns>False where it is gone already, is another's, or may not be removed.</returns>
    public bool Remove()
    {
        if (TryGetSocket(out var path)) return ServiceSocket.Remove(path, ofThisProcess: false);
        if (TryGetPosix(out var name, out var bearer)) return PosixNames.Unlink(name, bearer);
        return TryGetSysV(out var key, out var nonce) && SysVNames.Remove(key, nonce);
    }

    /// <summary>Removes it at the end of the process that listed it: a service of its own is to end, too.</summary>
    public bool RemoveOwn() => TryGetSocket(out var path) ? ServiceSocket.Remove(path, ofThisProcess: true) : Remove();

    private bool TryGetPosix(out string name, out FileIdentity? bearer)
    {
        bearer = null;
        name = "";
        if (!Text.StartsWith("posix:", StringComparison.Ordinal)) return false;
        var words = Text["posix:".Length..].Split(' ');
        name = words[0];
        if (!PosixNames.IsName(name)) return false;
        if (words.Length == 1) return name.StartsWith(PosixObject.NamePrefix, StringComparison.Ordinal);
        if (words.Length != 3 || !ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var device)
            || !ulong.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)) return false;
        bearer = new FileIdentity(device, inode);
        return true;
    }

    private bool TryGetSocket(out string path)
    {
        path = Text.StartsWith("socket:", StringComparison.Ordinal) ? Text["socket:".Length..] : "";
        return ServiceSocket.IsPath(path);
    }

    private bool TryGetSysV(out int key, out ulong nonce)
    {
        (key, nonce) = (0, 0);
        return Text.StartsWith("sysv:", StringComparison.Ordinal) && Text["sysv:".Length..].Split(' ') is [var first, var second]
            && int.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out key)
            && ulong.TryParse(second, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nonce);
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Janitor;

/// <summary>
/// One process's part in a campaign: the campaign's lock, held shared, and a file of its own in the campaign's folder that lists every name which would
/// outlive it, from before the name is created until after it is removed. Thread-safe.
/// </summary>
/// <remarks>
/// <c>&lt;run-time folder&gt;/campaigns/&lt;name&gt;/</c> holds <c>lock</c> and a <c>names-…</c> per participant: records of 128 bytes, each a line of
/// text or blank. A record is one write within one page, so that a killed process leaves all of it or nothing. The folder appears by rename, with its lock held:
/// one that nobody holds is a dead campaign's.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed partial class CampaignManifest
{
    public const int RecordSize = 128;

    /// <summary>The file name of each list begins so.</summary>
    public const string ListPrefix = "names-";

    private const int NameLength = 20;
    private const int Attempts = 100;

    private static readonly SearchValues<char> NameLetters = SearchValues.Create(ShMemName.Base32Digits);

    private readonly SafeFileHandle _lock;
    private readonly string _listPath;
    private readonly SafeFileHandle _list;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = [];
    private int _records;
    private bool _left;

    private CampaignManifest(string folder, SafeFileHandle held)
    {
        (Folder, _lock) = (folder, held);
        Name = Path.GetFileName(folder);
        _listPath = Path.Combine(folder, ListPrefix + Random());
        _list = LibcFile.CreateAt(LibcFile.AT_FDCWD, _listPath, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC, LibcFile.OwnerOnly);
        if (!_list.IsInvalid) return;
        var failure = UnixFailure.Of("openat", $"list names in campaign {folder}", Marshal.GetLastPInvokeError());
        _list.Dispose();
        held.Dispose();
        throw failure;
    }

    /// <summary>The campaign's name, by which others join it.</summary>
    public string Name { get; }

    /// <summary>The campaign's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of all campaigns.</summary>
    public static string FolderOfAll(string runtimeFolder) => Path.Combine(runtimeFolder, "campaigns");

    /// <summary>Begins a campaign.</summary>
    /// <param name="runtimeFolder">A folder that is known to be this user's alone.</param>
    public static CampaignManifest Start(string runtimeFolder)
    {
        var campaigns = FolderOfAll(runtimeFolder);
        RuntimeFolder.Make(campaigns);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var name = Random();
            var unborn = Path.Combine(campaigns, ".new-" + name);
            RuntimeFolder.Make(unborn);
            // A sweep between these steps may take it for a dead one's: then another is made.
            if (TryLock(unborn) is not { } held) continue;
            var folder = Path.Combine(campaigns, name);
            try
            {
                Directory.Move(unborn, folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                held.Dispose();
                throw Unwritable(e);
            }

            return new CampaignManifest(folder, held);
        }

        throw new ShMemException(ShMemError.Os, $"start a campaign in {campaigns}", $"what was made there was removed {Attempts} times",
            "Find out which program removes it.");
    }

    private static SafeFileHandle? TryLock(string unborn)
    {
        try
        {
            return CampaignLock.TryMake(unborn);
        }
        catch (ShMemException)
        {
            Abandon(unborn);
            throw;
        }
    }

    /// <summary>Where there are no locks no sweep could remove it.</summary>
    private static void Abandon(string unborn)
    {
        try
        {
            Directory.Delete(unborn, recursive: true);
        }
        catch (IOException)
        {
            // A sweep was first.
        }
    }

    /// <summary>Takes part in a campaign that another process began.</summary>
    /// <exception cref="ShMemException">It is over, or the name is none.</exception>
    public static CampaignManifest Join(string runtimeFolder, string name)
    {
        if (name.Length != NameLength || name.AsSpan().ContainsAnyExcept(NameLetters))
        {
            throw new ShMemException(ShMemError.Invalid, $"join campaign '{name}'", "that is no campaign's name",
                $"Give what {nameof(ShMemCampaign)}.{nameof(ShMemCampaign.Name)} says in the process that began it.");
        }

        var folder = Path.Combine(FolderOfAll(runtimeFolder), name);
        return CampaignLock.TryHold(folder, LibcFile.LOCK_SH) is { } held
            ? new CampaignManifest(folder, held)
            : throw new ShMemException(ShMemError.NotFound, $"join campaign {name}", $"none of its processes lives, or it is not in {runtimeFolder}",
                $"Join while one lives, with the same {RuntimeFolder.Variable}.");
    }

    /// <summary>Lists a name. To be called before it is created; the entry is cleared after it is removed.</summary>
    /// <returns>Null when this process has left the campaign.</returns>
    public ManifestEntry? TryList(in ListedName name)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        record.Fill((byte)' ');
        Encoding.ASCII.GetBytes(name.Text, record);
        record[^1] = (byte)'\n';
        lock (_gate)
        {
            if (_left) return null;
            var number = _free.Count > 0 ? _free.Pop() : _records++;
            try
            {
                RandomAccess.Write(_list, record, (long)number * RecordSize);
            }
            catch (IOException e)
            {
                _free.Push(number);
                throw Unwritable(e);
            }

            return new ManifestEntry(this, number);
        }
    }

    /// <summary>The name is gone, or need not be removed any more.</summary>
    /// <returns>False where this process has left the campaign.</returns>
    internal bool Clear(int record)
    {
        Span<byte> blank = stackalloc byte[RecordSize];
        blank.Fill((byte)' ');
        blank[^1] = (byte)'\n';
        lock (_gate)
        {
            if (_left) return false;
            try
            {
                RandomAccess.Write(_list, blank, (long)record * RecordSize);
            }
            catch (IOException)
            {
                // It stays, and names what is gone: whoever sweeps passes over it.
            }

            _free.Push(record);
            return true;
        }
    }

    /// <summary>Removes what this process listed and did not remove, and, where it is the last participant, the campaign.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (_left) return;
            _left = true;
        }

        End();
    }

    /// <summary>Leaves, unless this process has names listed.</summary>
    public bool TryLeaveUnused()
    {
        lock (_gate)
        {
            if (_left || _free.Count < _records) return false;
            _left = true;
        }

        End();
        return true;
    }

    private void End()
    {
        _list.Dispose();
        try
        {
            foreach (var name in ReadList(_listPath)) name.RemoveOwn();
            File.Delete(_listPath);
            if (CampaignLock.TryTurnExclusive(_lock, Folder)) new DeadCampaign(Folder, _lock).Remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As after a kill: the next start sweeps it.
        }

        _lock.Dispose();
    }

    /// <summary>The names in a participant's list. What is no name, such as a record that was never written, is passed over.</summary>
    public static IReadOnlyList<ListedName> ReadList(string path)
    {
        var names = new List<ListedName>();
        foreach (var line in File.ReadAllText(path, Encoding.Latin1).Split('\n'))
            if (ListedName.TryParse(line.TrimEnd(' '), out var name)) names.Add(name);
        return names;
    }

    public static ShMemException Unwritable(Exception why) => new(ShMemError.LimitReached, "list a name in the campaign's manifest", why.Message.TrimEnd('.'),
        $"Make room there, or set {RuntimeFolder.Variable} to a folder of your own elsewhere.");

    private static string Random() => RandomNumberGenerator.GetString(ShMemName.Base32Digits, NameLength);
}

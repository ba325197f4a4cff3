using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// The processes that a broker has started and that may live, in a folder. A worker that is stopped does not notice the death of a broker that is killed; from the
/// register the next broker on the same folder knows of it. Thread-safe; for one broker at a time, which the caller sees to.
/// </summary>
/// <remarks>
/// Each process is one empty file, and the file's name says which: made before the process is told anything, removed when the operating system has said that it is
/// gone. So a broker that is killed at any moment leaves nothing half written. Where the system does not tell start times (macOS), nobody is recorded: a pid alone
/// may come to mean a stranger.
/// </remarks>
public sealed class WorkerRegister
{
    /// <summary>The kernel keeps a process that it cannot end, such as one in an uninterruptible wait; the campaign does not wait for it.</summary>
    private static readonly TimeSpan GoneWithin = TimeSpan.FromSeconds(10);

    private static readonly string Boot = ReadBoot();

    /// <summary>Opens the register, and makes its folder where it is missing.</summary>
    /// <param name="folder">The folder, which is this register's alone.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made.</exception>
    public WorkerRegister(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
    }

    /// <summary>
    /// Waits for the processes that an earlier broker has left to end, then kills those that are still there with their process groups, and waits until
    /// the operating system says that they are gone, at most 10 s. What any of them has left of its group is killed, too (Linux). A process that has the pid of a recorded one and not its start time is a stranger, and is left alone.
    /// </summary>
    /// <param name="grace">How long they have to end by themselves.</param>
    /// <param name="cancel">Ends the wait; nobody is killed then.</param>
    /// <returns>Who was there, and what became of them.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<LeftWorkers> EndLeftAsync(TimeSpan grace, CancellationToken cancel = default)
    {
        var passedOver = new List<string>();
        var deaths = new Dictionary<HolderId, Task>();
        foreach (var path in Directory.GetFiles(Folder))
        {
            if (!TryParse(Path.GetFileName(path), out var place, out var process)) passedOver.Add($"{path}: not the record of a process");
            else if (place == Here) deaths.Add(process, ProcessDeath.Of(process));
            else if (place.StartsWith(Boot, StringComparison.Ordinal)) passedOver.Add($"{path}: of another pid namespace, where it has to be ended");
            // No process outlives its boot.
            else Remove(path);
        }

        var left = deaths.Where(death => !death.Value.IsCompleted).ToDictionary();
        await WaitAsync(left.Values, grace, cancel).ConfigureAwait(false);
        var late = left.Where(death => !death.Value.IsCompleted).ToDictionary();
        foreach (var (process, gone) in late) _ = ProcessGroup.KillAsync(process, gone);
        await WaitAsync(late.Values, GoneWithin, CancellationToken.None).ConfigureAwait(false);
        foreach (var (process, gone) in deaths)
        {
            if (!gone.IsCompleted) continue;
            // Also of one that was gone already: what it had started may live on, with what it has mapped.
            if (WorkerOrphans.Kill(process, Folder)) Leave(process);
        }

        return new LeftWorkers([.. left.Keys.Except(late.Keys)], [.. late.Keys.Where(process => late[process].IsCompleted)],
            [.. late.Keys.Where(process => !late[process].IsCompleted)], passedOver);
    }

    /// <summary>Its full path.</summary>
    internal string Folder { get; }

    /// <summary>Records a process of ours.</summary>
    /// <exception cref="ShMemException">The record cannot be written.</exception>
    internal void Enter(HolderId process)
    {
        if (process.KernelStartTime == KernelStartTime.Unknown || Boot.Length == 0) return;
        try
        {
            File.Create(PathOf(process)).Dispose();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ShMemException(ShMemError.LimitReached, "record a worker process", refused.Message.TrimEnd('.'),
                $"Make room in {Folder}, and keep it writable.");
        }
    }

    /// <summary>The process is gone. Never fails: a record that stays is that of nobody.</summary>
    internal void Leave(HolderId process) => Remove(PathOf(process));

    /// <summary>The file of a process.</summary>
    internal string PathOf(HolderId process) => Path.Combine(Folder, NameOf(Here, process));

    /// <summary>Takes a file's name apart.</summary>
    internal static bool TryParse(string name, [NotNullWhen(true)] out string? place, out HolderId process)
    {
        (place, process) = (null, default);
        if (name.Split('.') is not [var boot, var space, var number, var pid, var start]) return false;
        // Signals to pid 0 or 1 and their groups would go to ourselves or to everybody.
        if (!Guid.TryParseExact(boot, "D", out _) || !TryRead(space, out ulong _) || !TryRead(number, out long holder) || !TryRead(pid, out int id) || id <= 1
            || !TryRead(start, out long time) || time == KernelStartTime.Unknown)
            return false;
        (place, process) = ($"{boot}.{space}", new HolderId(holder, id, time));
        // One process, one name: no zeros in front.
        return name == NameOf(place, process);
    }

    /// <summary>Where and when a pid and a start time mean a process: this boot, and these namespaces of pids and of time.</summary>
    private static string Here => string.Create(CultureInfo.InvariantCulture, $"{Boot}.{Incarnation.Namespace}");

    private static string NameOf(string place, HolderId process) =>
        string.Create(CultureInfo.InvariantCulture, $"{place}.{process.ProcessNumber}.{process.Pid}.{process.KernelStartTime}");

    private static bool TryRead<T>(string text, out T number)
        where T : System.Numerics.INumberBase<T> => T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number!);

    /// <returns>The empty text where the system does not tell. Windows counts start times from 1601, so that no boot is needed.</returns>
    private static string ReadBoot()
    {
        const string file = "/proc/sys/kernel/random/boot_id";
        if (OperatingSystem.IsWindows()) return $"{Guid.Empty}";
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    private static async Task WaitAsync(IEnumerable<Task> deaths, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            await Task.WhenAll(deaths).WaitAsync(limit, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks who is left.
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Somebody has removed the folder, or closed it to us: whoever reads the record later finds that its process is gone.
        }
    }
}

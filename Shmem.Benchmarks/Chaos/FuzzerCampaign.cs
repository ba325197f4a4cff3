using System.Diagnostics;
using System.Globalization;
using Shmem.Backends.Interop;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// The fuzzer as a user runs it, on the demonstration library: its broker is our child, and the workers, the spare and the processes of the judge are the broker's. The
/// broker may be killed and gone on with; that is the same campaign.
/// </summary>
internal sealed class FuzzerCampaign(ChaosFolder folder, KernelAudit audit, AcknowledgedFiles files, AcknowledgedRecords records, int workers, int seed) : IDisposable
{
    /// <summary>Only to end a run that would wait for ever: a start takes seconds, on a busy machine many.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "fuzzer", "shmem-fuzz.dll");

    private ChildProcess? _broker;
    private long _executions;

    public int Workers => workers;

    public int BrokerPid => Broker.Pid;

    /// <summary>Of the broker that runs, and of those before it.</summary>
    public int BrokersStarted { get; private set; }

    /// <summary>What this broker has executed, as it said last.</summary>
    public long Executions => Interlocked.Read(ref _executions);

    /// <summary>The broker's port; null while it does not listen.</summary>
    public int? Port => KernelAudit.PortOf(BrokerPid);

    private ChildProcess Broker => _broker ?? throw new InvalidOperationException("no broker was started");

    /// <summary>Starts the campaign, or goes on with it. Ends when it executes.</summary>
    /// <param name="backend">What its segments are made of.</param>
    /// <exception cref="InvalidOperationException">It did not come to that.</exception>
    public async Task StartAsync(string backend)
    {
        var goesOn = BrokersStarted++ > 0;
        Interlocked.Exchange(ref _executions, 0);
        string[] from = goesOn ? ["-i", "-"] : ["-s", seed.ToString(CultureInfo.InvariantCulture)];
        var start = folder.Start("dotnet", ["exec", Program, "fuzz", .. from, "-o", folder.Output, "--workers", workers.ToString(CultureInfo.InvariantCulture),
            "-m", "256", "-t", "300", "--plain"]);
        start.Environment["SHMEM_BACKEND"] = backend;
        _broker?.Dispose();
        var life = BrokersStarted;
        _broker = new ChildProcess(start, line => Hear(line, life));
        await UntilAsync(() => Executions > 0, "the campaign executes").ConfigureAwait(false);
        audit.Follow(BrokerPid);
    }

    /// <summary>Takes up what is acknowledged by now, on disk and in the broker's logs.</summary>
    public void Look()
    {
        files.Look();
        records.Look(BrokerPid);
    }

    /// <summary>Kills the broker and nobody else, and waits until the system says that it is gone.</summary>
    public async Task KillBrokerAsync()
    {
        audit.Follow(BrokerPid);
        // Stopped first, and it dies where it stands all the same: whatever it had acknowledged until then is seen.
        Broker.Signal(SignalNumber.Stop);
        await UntilAsync(() => RunningProcess.All().Exists(process => process.Pid == BrokerPid && process.State == 'T'), "the broker stands still").ConfigureAwait(false);
        Look();
        Broker.Signal(SignalNumber.Kill);
        await Broker.EndAsync(Patience).ConfigureAwait(false);
    }

    /// <summary>Ends the campaign as Ctrl-C does.</summary>
    public async Task StopAsync()
    {
        audit.Follow(BrokerPid);
        Broker.Signal(SignalNumber.Interrupt);
        // It settles findings until its end, and its logs end with it.
        var end = Broker.EndAsync(Patience);
        for (; !end.IsCompleted; await Task.WhenAny(end, Task.Delay(LookEvery)).ConfigureAwait(false)) records.Look(BrokerPid);
        await end.ConfigureAwait(false);
        if (Broker.ExitCode != 0) throw Failed($"ended with {Broker.ExitCode} after SIGINT");
        files.Look();
    }

    /// <summary>Those of the broker's children that do this; see <see cref="ProcessRole"/>.</summary>
    public IReadOnlyList<int> Find(ProcessRole role)
    {
        var children = RunningProcess.ChildrenOf(BrokerPid).FindAll(process => process.State != 'Z');
        if (role == ProcessRole.Verdict) return [.. children.Where(process => process.Command.EndsWith(" verdict", StringComparison.Ordinal)).Select(process => process.Pid)];
        // Who has a slot has its log and checkpoint mapped beside what all have mapped.
        var mappings = children.Where(process => process.Command.EndsWith(" worker", StringComparison.Ordinal))
            .Select(process => (process.Pid, Count: OpenHandles.Of(process.Pid)["mappings of shared memory"])).ToList();
        var most = mappings.Select(process => process.Count).DefaultIfEmpty().Max();
        return [.. mappings.Where(process => role == ProcessRole.Spare ? process.Count < most - 1 : process.Count >= most - 1).Select(process => process.Pid)];
    }

    /// <summary>The workers and the spare.</summary>
    public IReadOnlyList<int> LivingWorkers() =>
        [.. RunningProcess.ChildrenOf(BrokerPid).Where(process => process.State != 'Z' && process.Command.EndsWith(" worker", StringComparison.Ordinal)).Select(process => process.Pid)];

    /// <summary>What each of the broker's living children has open.</summary>
    public IReadOnlyDictionary<int, OpenHandles> HandlesOfChildren() =>
        RunningProcess.ChildrenOf(BrokerPid).Where(process => process.State != 'Z').ToDictionary(process => process.Pid, process => OpenHandles.Of(process.Pid));

    /// <summary>What the broker's children have left unreaped.</summary>
    public IEnumerable<string> Unreaped() => RunningProcess.ChildrenOf(BrokerPid).Where(process => process.State == 'Z').Select(process => process.ToString());

    /// <exception cref="InvalidOperationException">The broker has ended by itself.</exception>
    public void ThrowIfEnded()
    {
        if (Broker.HasEnded) throw Failed($"ended by itself with {Broker.ExitCode}");
    }

    public async Task UntilAsync(Func<bool> isSo, string what)
    {
        for (var clock = Stopwatch.StartNew(); !isSo(); await Task.Delay(20).ConfigureAwait(false))
        {
            ThrowIfEnded();
            if (clock.Elapsed > Patience) throw Failed($"has not come to it after {Patience.TotalSeconds:0} s: {what}");
        }
    }

    /// <summary>Where something went wrong before the end, nobody outlives this run.</summary>
    public void Dispose()
    {
        _broker?.Dispose();
        foreach (var process in RunningProcess.In(folder.Root)) _ = LibcProcess.Kill(process.Pid, SignalNumber.Kill);
    }

    /// <summary>A dead broker's last lines may come when the next one is running.</summary>
    private void Hear(string line, int life)
    {
        files.Hear(line);
        if (life != BrokersStarted) return;
        const string Executions = " execs=";
        if (!line.StartsWith("time=", StringComparison.Ordinal) || line.IndexOf(Executions, StringComparison.Ordinal) is not (>= 0 and var at)) return;
        var number = line.AsSpan(at + Executions.Length);
        Interlocked.Exchange(ref _executions, long.Parse(number[..number.IndexOf(' ')], CultureInfo.InvariantCulture));
    }

    private InvalidOperationException Failed(string how) => new($"the fuzzer {how}: {Broker.Error}");
}

using System.Diagnostics;
using System.Runtime.Versioning;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// The run itself: rounds of harm, each of which ends with an audit of what lives and with the broker's death, of which the next round goes on; at last a graceful end
/// and the audit of what is left.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ChaosRun : IDisposable
{
    /// <summary>How long what is just ending may take; a process that is killed takes milliseconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How many handles of a kind more than before are no leak. Of segments it is none (<see cref="SegmentAudit"/>). But pipes and files come and go with workers, as one counts, and
    /// Akka's transport leaves the sockets of refused connections to the garbage collector. What leaks with each harm is soon more.
    /// </summary>
    public const int Slack = 12;

    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(20);
    private static readonly string[] Backends = ["memfd", "memfd", "posix", "sysv"];

    /// <summary>How much of the campaign's log is kept for whoever looks for a fault's cause; the transport says much.</summary>
    private const int LinesOfLog = 400;

    private readonly ChaosOptions _options;
    private readonly Random _random;
    private readonly ChaosFolder _folder = new();
    private readonly KernelAudit _audit;
    private readonly AcknowledgedFiles _files;
    private readonly AcknowledgedRecords _records;
    private readonly FuzzerCampaign _campaign;
    private readonly ServiceUnderFire _service;
    private readonly HostilePeers _peers = new();
    private readonly SlowClients _slow;
    private readonly StopProcess[] _stops;
    private readonly IReadOnlyList<IHarm> _harms;
    private readonly List<string> _faults = [];
    private readonly WorkerHandles _workers = new();
    private OpenHandles? _before;

    public ChaosRun(ChaosOptions options)
    {
        _options = options;
        _random = new Random(options.Seed);
        _audit = new KernelAudit(_folder);
        _files = new AcknowledgedFiles(_folder.Output);
        _records = new AcknowledgedRecords(_folder.Output);
        _campaign = new FuzzerCampaign(_folder, _audit, _files, _records, options.Workers, options.Seed);
        _service = new ServiceUnderFire(_folder, _audit);
        _slow = new SlowClients(_service, Tally);
        _stops = [new StopProcess(_campaign, ofBroker: false), new StopProcess(_campaign, ofBroker: true)];
        _harms =
        [
            new KillProcess(_campaign, ProcessRole.Worker, weight: 6),
            new KillProcess(_campaign, ProcessRole.Spare, weight: 3),
            new KillProcess(_campaign, ProcessRole.Verdict, weight: 2),
            .. _stops,
            new HostileAkkaPeer(_campaign, _peers),
            .. ServiceHarm.All(_service, _peers),
            new SlowClientHarm(_service, _slow, isLate: false),
            new SlowClientHarm(_service, _slow, isLate: true),
        ];
    }

    public HarmTally Tally { get; } = new();

    public int Audits { get; private set; }

    public string Acknowledged => $"{_files.Summary}; {_records.Summary}";

    /// <summary>The end of the campaign's log, which goes with the folder.</summary>
    public IEnumerable<string> EndOfLog
    {
        get
        {
            var logs = new DirectoryInfo(Path.Combine(_folder.Output, "log"));
            return logs.Exists ? logs.EnumerateFiles().OrderBy(file => file.LastWriteTimeUtc).SelectMany(file => File.ReadLines(file.FullName)).TakeLast(LinesOfLog) : [];
        }
    }

    /// <returns>The faults that the audits found.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        await _service.StartAsync().ConfigureAwait(false);
        await StartBrokerAsync().ConfigureAwait(false);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < _options.For && _faults.Count == 0;)
        {
            if (_campaign.BrokersStarted > 1 || clock.Elapsed > ShortestRound) await KillBrokerAsync().ConfigureAwait(false);
            var round = ShortestRound + _random.NextDouble() * (LongestRound - ShortestRound);
            var end = clock.Elapsed + round < _options.For ? clock.Elapsed + round : _options.For;
            while (clock.Elapsed < end) await DoHarmAsync().ConfigureAwait(false);
            await AuditLivingAsync().ConfigureAwait(false);
        }

        await EndAsync().ConfigureAwait(false);
        return _faults;
    }

    public void Dispose()
    {
        _peers.Dispose();
        _slow.Dispose();
        _service.Dispose();
        _campaign.Dispose();
        _folder.Dispose();
    }

    private async Task StartBrokerAsync()
    {
        await _campaign.StartAsync(Backends[_random.Next(Backends.Length)]).ConfigureAwait(false);
        await _campaign.UntilAsync(() => _campaign.LivingWorkers().Count > _options.Workers, "the workers and the spare").ConfigureAwait(false);
        _before = OpenHandles.Of(_campaign.BrokerPid);
    }

    /// <summary>The next broker does not wait for those whom the last one leaves behind; or it does, and then the memory is looked at first.</summary>
    private async Task KillBrokerAsync()
    {
        await _campaign.KillBrokerAsync().ConfigureAwait(false);
        if (_random.Next(2) == 0) await AllGoOnAsync().ConfigureAwait(false);
        Tally.Count("kill -9 of the broker");
        await StartBrokerAsync().ConfigureAwait(false);
        _faults.AddRange(Lost());
    }

    private async Task DoHarmAsync()
    {
        var harm = Draw();
        if (await harm.DoAsync(_random).ConfigureAwait(false)) Tally.Count(harm.Kind);
        _campaign.Look();
        _campaign.ThrowIfEnded();
        await Task.Delay(_random.NextDouble() * LongestPause).ConfigureAwait(false);
    }

    private IHarm Draw()
    {
        var drawn = _random.Next(_harms.Sum(harm => harm.Weight));
        foreach (var harm in _harms)
        {
            if (drawn < harm.Weight) return harm;
            drawn -= harm.Weight;
        }

        return _harms[^1];
    }

    /// <summary>Nobody does harm now. The demonstration's own bugs go on killing workers, so it is enough that all is well at one moment.</summary>
    private async Task AuditLivingAsync()
    {
        _peers.Release();
        await AllGoOnAsync().ConfigureAwait(false);
        await _slow.AllServedAsync().ConfigureAwait(false);
        var segments = new SegmentAudit();
        var executions = _campaign.Executions;
        List<string> faults;
        var clock = Stopwatch.StartNew();
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
            _campaign.ThrowIfEnded();
            await _slow.LookAsync().ConfigureAwait(false);
            faults = LivingFaults(executions, segments);
        }
        while (faults.Count > 0 && clock.Elapsed < SettlesWithin);

        _faults.AddRange(faults);
        _faults.AddRange(Lost());
        Audits++;
        Console.WriteLine($"audit {Audits}: broker {_campaign.BrokersStarted} has {OpenHandles.Of(_campaign.BrokerPid)}; acknowledged {Acknowledged}");
    }

    private List<string> LivingFaults(long executions, SegmentAudit segments)
    {
        var workers = _campaign.LivingWorkers();
        var broker = OpenHandles.Of(_campaign.BrokerPid);
        var others = _campaign.HandlesOfChildren();
        segments.Look(broker, others);
        return
        [
            .. workers.Count != _options.Workers + 1 ? [$"{workers.Count} workers and spares live instead of {_options.Workers + 1}"] : Array.Empty<string>(),
            .. _campaign.Executions <= executions ? ["nothing was executed after the harm"] : Array.Empty<string>(),
            .. segments.Faults,
            .. _workers.Faults(others.Where(process => workers.Contains(process.Key)).ToDictionary()),
            .. broker.GrownSince(_before!, Slack).Select(kind => $"the broker's {kind}"),
            .. _campaign.Unreaped().Select(process => $"not reaped: {process}"),
            .. _audit.Orphans(),
            .. _service.Faults(_slow),
        ];
    }

    private IEnumerable<string> Lost() => [.. _files.Lost(), .. _records.Lost()];

    private Task AllGoOnAsync() => Task.WhenAll(_stops.Select(stop => stop.AllGoOnAsync()));

    private async Task EndAsync()
    {
        await _campaign.StopAsync().ConfigureAwait(false);
        await _slow.EndAsync().ConfigureAwait(false);
        await _service.StopAsync().ConfigureAwait(false);
        using var deliberate = _options.Sabotage ? new DeliberateFaults(_folder, _files, _records, _audit) : null;
        _faults.AddRange(await _audit.LeftoversAsync(Patience).ConfigureAwait(false));
        _faults.AddRange(Lost());
        Audits++;
    }
}

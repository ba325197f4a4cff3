using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;
using Shmem.Tests.Lifetime;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>
/// The machine's steps, taken by real processes over a service in a process of its own. After each, memory is looked at as the kernel tells it: the service's
/// descriptors are the segments that live, a process's mappings are what it holds, and what one writes the others read.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceLedgers(int mostOpenForks) : IAsyncDisposable
{
    /// <summary>The specification forgets the dead after some minutes, and the kernel the pid of a process that was waited for: shorter than both.</summary>
    private static readonly TimeSpan Remembered = LeaseTable.Remembered - TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Stack<PeerSession> _idle = [];
    private readonly Dictionary<HolderId, PeerSession> _processes = [];
    private readonly Dictionary<HolderId, int> _pids = [];
    private readonly Dictionary<HolderId, TimeSpan> _killed = [];
    private readonly Dictionary<HolderId, HashSet<int>> _views = [];
    private readonly Dictionary<HolderId, string> _announced = [];
    private readonly Dictionary<int, Segment> _segments = [];
    private readonly Dictionary<int, (string Token, string ChildNumber)> _forks = [];
    private PeerSession? _service;
    private RawClient? _probe;
    private TimeSpan _now;
    private int _services;
    private long _written;

    private string Name => $"machine-{_services}";

    /// <summary>A new service, at which nobody holds anything. Processes that live play new parts.</summary>
    public async Task Begin()
    {
        _probe?.Dispose();
        foreach (var process in _processes.Values) _idle.Push(process);
        foreach (var map in (System.Collections.IDictionary[])[_processes, _pids, _killed, _views, _announced, _segments, _forks]) map.Clear();
        _services++;
        _now = TimeSpan.Zero;
        _service ??= await PeerSession.Start([], ["service", ServiceFixture.Backend, mostOpenForks.ToString(CultureInfo.InvariantCulture)], Prepare);
        Assert.Equal("ok", await _service.Ask($"start {Name}"));
        _probe = RawClient.Welcomed(ServiceSocket.PathOf(RuntimeFolder.Open(_folder.FullPath), Name));
        Barrier();
    }

    /// <summary>False for what no real process can do: to ask when it is dead, or to be the child of a fork that never was.</summary>
    public bool CanHappen(LifetimeStep step)
    {
        var isKilled = _killed.ContainsKey(step.Holder);
        if (step.Kind == LifetimeKind.Gone) return isKilled || _processes.ContainsKey(step.Holder);
        if (isKilled || (step.Kind == LifetimeKind.PostFork && _killed.TryGetValue(step.Other, out var since) && step.Now - since > Remembered)) return false;
        return step.Holder.ProcessNumber < ForkLedger.FirstChildNumber || _processes.ContainsKey(step.Holder) || _forks.ContainsKey(step.Fork);
    }

    /// <returns>Why the step was refused, or null.</returns>
    public async Task<ShMemError?> Apply(LifetimeStep step)
    {
        var by = (step.Now - _now).Ticks;
        _now = step.Now;
        Assert.Equal("ok", await _service!.Ask($"advance {by}"));
        if (step.Kind == LifetimeKind.Gone)
        {
            _killed.TryAdd(step.Holder, step.Now);
            _views.Remove(step.Holder);
            if (!_processes.Remove(step.Holder, out var victim)) return null;
            await victim.Kill();
            await victim.DisposeAsync();
            return null;
        }

        var words = (await (await Process(step.Holder)).Ask(await Request(step))).Split(' ');
        if (words[0] == "refused") return Enum.Parse<ShMemError>(words[1]);
        Assert.True(words[0] == "ok", $"{step} was answered by {string.Join(' ', words)}");
        switch (step.Kind)
        {
            case LifetimeKind.Add:
                _segments.Add(step.Segment, new Segment(words[1], Size(step.Segment)));
                _views[step.Holder].Add(step.Segment);
                break;
            case LifetimeKind.Release:
                _views[step.Holder].Remove(step.Segment);
                break;
            case LifetimeKind.PreFork:
                _forks.Add(_forks.Count + 1, (words[1], words[2]));
                break;
            case LifetimeKind.OnRestart:
                _announced[step.Holder] = string.Join(' ', words[1..]);
                break;
        }

        return null;
    }

    /// <summary>Looks at the service's counts and at memory.</summary>
    public async Task Check(LifetimeStep step, LifetimeSpecification specification, string counts)
    {
        Barrier();
        Assert.Equal((step.ToString(), counts), (step.ToString(), await _service!.Ask($"counts")));
        // What came to a process by a fork, a restart or its predecessor's death, and what it has acquired: each opens all that it holds.
        foreach (var (holder, process) in _processes)
            foreach (var segment in specification.HeldBy(holder).Except(_views[holder]).ToList()) await Open(holder, process, segment);

        var files = Kernel.SharedFiles(_service.Pid);
        foreach (var segment in _segments.Values.Where(s => s.Inode == 0)) segment.Inode = Assert.Single(files, f => _segments.Values.All(s => s.Inode != f));
        Assert.Equal((step.ToString(), Sorted(specification.Segments)), (step.ToString(), string.Join(' ', files.Order())));
        foreach (var (holder, process) in _processes)
        {
            Assert.Equal((step.ToString(), holder, Sorted(specification.HeldBy(holder))),
                (step.ToString(), holder, string.Join(' ', Kernel.MappedFiles(process.Pid).Order())));
        }

        _written++;
        if (specification.Segments.Count > 0) await WriteAndRead(specification.Segments.ElementAt((int)(_written % specification.Segments.Count)));
    }

    /// <summary>All processes are killed, and all time limits go by: nothing is left.</summary>
    public async Task End()
    {
        foreach (var process in _processes.Values)
        {
            await process.Kill();
            await process.DisposeAsync();
        }

        _processes.Clear();
        Barrier();
        Assert.Equal("ok", await _service!.Ask($"advance {TimeSpan.FromHours(2).Ticks}"));
        Barrier();
        Assert.Equal("0 0 0 0 0", await _service.Ask($"counts"));
        Assert.Empty(Kernel.SharedFiles(_service.Pid));
    }

    public async ValueTask DisposeAsync()
    {
        _probe?.Dispose();
        foreach (var process in _processes.Values.Concat(_idle)) await process.DisposeAsync();
        if (_service is not null) await _service.DisposeAsync();
        _folder.Dispose();
    }

    private static long Size(int segment) => sizeof(long) * (1 + segment * 97L % 5000);

    private async Task<FormattableString> Request(LifetimeStep step)
    {
        var id = _segments.TryGetValue(step.Segment, out var segment) ? segment.Id : $"served:{Name}/1";
        var (token, number) = _forks.GetValueOrDefault(step.Fork, ("1", "1"));
        var predecessor = _announced.GetValueOrDefault(step.Other, "1 1 1");
        switch (step.Kind)
        {
            case LifetimeKind.Add: return $"create {Size(step.Segment)}";
            case LifetimeKind.Acquire: return $"open {id} {segment?.Size ?? 1}";
            case LifetimeKind.Release: return $"release {id}";
            case LifetimeKind.PreFork: return $"pre-fork {step.Limit.Ticks}";
            case LifetimeKind.PostFork: return $"post-fork {token} {number} {(_forks.ContainsKey(step.Fork) ? await Pid(step.Other) : 1)}";
            // Who is not the child knows no number.
            case LifetimeKind.ClaimFork: return $"claim {token} {(step.Holder.ProcessNumber == LifetimeWorld.Child(step.Fork, 1).ProcessNumber ? number : "0")}";
            case LifetimeKind.AbortFork: return $"abort {token}";
            case LifetimeKind.OnRestart: return $"on-restart {step.Limit.Ticks}";
            case LifetimeKind.Succeed: return $"succeed {predecessor}";
            default: return $"acknowledge {predecessor}";
        }
    }

    /// <summary>The process that plays the part of a holder; a new one where none does yet.</summary>
    private async Task<PeerSession> Process(HolderId holder)
    {
        if (_processes.TryGetValue(holder, out var process)) return process;
        process = _idle.Count > 0 ? _idle.Pop() : await PeerSession.Start([], ["holder"], Prepare);
        _processes.Add(holder, process);
        _views.Add(holder, []);
        _pids[holder] = process.Pid;
        Assert.Equal("ok", await process.Ask($"use {Name}"));
        return process;
    }

    private async Task<int> Pid(HolderId holder) => _killed.ContainsKey(holder) ? _pids[holder] : (await Process(holder)).Pid;

    private void Prepare(System.Diagnostics.ProcessStartInfo start)
    {
        start.Environment[RuntimeFolder.Variable] = _folder.FullPath;
        start.Environment["DOTNET_TieredPGO"] = "0";
    }

    /// <summary>The service has done with all that came before: the first request may be answered in the same round, the second is not.</summary>
    private void Barrier()
    {
        for (var i = 0; i < 2; i++) _probe!.Refused(ShMemError.Invalid, RawClient.Create(0));
    }

    private async Task Open(HolderId holder, PeerSession process, int number)
    {
        var segment = _segments[number];
        Assert.Equal("ok", await process.Ask($"open {segment.Id} {segment.Size}"));
        _views[holder].Add(number);
        Assert.Equal((number, $"{segment.Value}"), (number, await process.Ask($"read {segment.Id} {segment.Size - sizeof(long)}")));
    }

    private async Task WriteAndRead(int number)
    {
        var segment = _segments[number];
        var holders = _views.Where(v => v.Value.Contains(number)).Select(v => _processes[v.Key]).ToList();
        if (holders.Count == 0) return;
        segment.Value = _written;
        Assert.Equal("ok", await holders[(int)(_written % holders.Count)].Ask($"write {segment.Id} {segment.Size - sizeof(long)} {segment.Value}"));
        foreach (var reader in holders)
            Assert.Equal((number, $"{segment.Value}"), (number, await reader.Ask($"read {segment.Id} {segment.Size - sizeof(long)}")));
    }

    private string Sorted(IEnumerable<int> segments) => string.Join(' ', segments.Select(s => _segments[s].Inode).Order());

    /// <summary>A segment as its creator was told, as the kernel knows it, and what was last written to its end.</summary>
    private sealed record Segment(string Id, long Size)
    {
        public ulong Inode { get; set; }

        public long Value { get; set; }
    }
}

using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Shmem.Backends.Service;
using Shmem.Tests.Service;

namespace Shmem.Tests.Fuzzing;

/// <summary>A real service whose clock is set by the inputs, with one client that keeps step with it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class FuzzedService : IDisposable
{
    /// <summary>Of an answer. The fuzzer's own limit is longer, so that what is not answered is reported with its name.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The pacer and its one segment, and nothing else.</summary>
    private static readonly ServiceCounts Empty = new(Connections: 1, Segments: 1, Holders: 1, Leases: 1, Forks: 0, Restarts: 0);

    private readonly RuntimeFolder _folder;
    private readonly ShMemService _service;
    private readonly CountedFiles _files;
    private readonly ManualClock _clock = new();
    private readonly RawClient _pacer;
    private readonly byte[] _step;

    /// <param name="folder">Where it listens.</param>
    /// <param name="name">A name that no other service has.</param>
    /// <param name="files">What segments are made of; memfds by default.</param>
    public FuzzedService(RuntimeFolder folder, string name, ISegmentFiles? files = null)
    {
        _folder = folder;
        _files = new CountedFiles(files ?? new MemfdFiles());
        _service = ShMemService.TryStart(name, folder, _files, Limits with { Clock = _clock }, Patience) ?? throw new InvalidOperationException("the name is taken");
        SocketPath = ServiceSocket.PathOf(folder, name);
        _pacer = RawClient.Welcomed(SocketPath);
        _step = RawClient.Of(FrameKind.Open, _pacer.Ask(RawClient.Create(1)).Id);
    }

    public static ServiceLimits Limits { get; } = new() { OpenForks = 3 };

    public string SocketPath { get; }

    public TimeSpan Now => _clock.GetElapsedTime(0);

    /// <summary>
    /// When it returns, the service has looked at all that was sent before. It was connected first and so is the last of those that the service turns to each time; its second answer
    /// says that the turn of the first is over.
    /// </summary>
    public void Step()
    {
        for (var i = 0; i < 2; i++)
        {
            var (kind, _, refused) = _pacer.Ask(_step);
            ServiceDialogue.ThrowUnless(kind == FrameKind.AlreadyHeld, $"who kept step was answered {kind}: {refused?.Message}");
        }
    }

    public void Advance(TimeSpan by)
    {
        _clock.Advance(by);
        Step();
    }

    /// <summary>A client as others have it, on a connection of its own.</summary>
    public void ServeHonestly()
    {
        using var client = ServiceConnection.Open(SocketPath, _service.Name, Patience, "be served after all");
        using var made = client.Create(4096);
        made.Span[^1] = 1;
        using var opened = client.Open(made.Description, ShMemAccess.ReadWrite);
        ServiceDialogue.ThrowUnless(opened.Span[^1] == 1, "what an honest client opened is not what it made");
    }

    /// <summary>All clients have gone, and no time limit is left: nothing is kept for them.</summary>
    public void MustBeEmpty()
    {
        // A connection that sent more than is read at a time ends some turns later.
        var clock = Stopwatch.StartNew();
        do Advance(TimeSpan.FromHours(2));
        while (_service.Counts != Empty && clock.Elapsed < Patience);
        ServiceDialogue.ThrowUnless(_service.Counts == Empty, $"at the end there is {_service.Counts}");
        ServiceDialogue.ThrowUnless(_files.Open == Empty.Segments, $"at the end {_files.Open} descriptors are open");
    }

    public void Dispose()
    {
        _pacer.Dispose();
        _service.Dispose();
    }

    /// <summary>Knows which of the descriptors that it made are open.</summary>
    private sealed class CountedFiles(ISegmentFiles files) : ISegmentFiles
    {
        private readonly List<SafeFileHandle> _made = [];

        public string Name => files.Name;

        /// <summary>How many.</summary>
        public int Open
        {
            get
            {
                lock (_made)
                {
                    _made.RemoveAll(file => file.IsClosed);
                    return _made.Count;
                }
            }
        }

        public SafeFileHandle Create(long size)
        {
            var file = files.Create(size);
            lock (_made) _made.Add(file);
            return file;
        }
    }
}

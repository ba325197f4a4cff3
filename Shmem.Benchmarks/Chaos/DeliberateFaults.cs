using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends;
using Shmem.Backends.SysV;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Faults that are really made, behind the campaign's back: leaks (a child that lives on, a name in /dev/shm, a System V
/// segment, a TCP port and a Unix socket that are listened on, a file in the run-time folder) and losses (an
/// entry that is gone, one that has other bytes, a log that acknowledges what was never written). Disposing takes the leaks back.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class DeliberateFaults : IDisposable
{
    private readonly ChildProcess _child;
    private readonly string _name = $"/dev/shm/shmem-{RandomNumberGenerator.GetHexString(20, lowercase: true)}";
    private readonly string _file;
    private readonly UnwrittenLog _log = new();
    private readonly ShMem _segment = new SysVShMemProvider().Create(1);
    private readonly TcpListener _port = new(IPAddress.Loopback, 0);
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <param name="folder">Where the campaign worked, which has ended.</param>
    /// <param name="files">What it acknowledged: at least two entries.</param>
    /// <param name="records">What its logs acknowledged: the queue's first entry among it. They are told that this process is one of its brokers.</param>
    /// <param name="audit">It is told that this process is one of the campaign's.</param>
    public DeliberateFaults(ChaosFolder folder, AcknowledgedFiles files, AcknowledgedRecords records, KernelAudit audit)
    {
        _child = new ChildProcess(folder.Start("sleep", ["600"]));
        File.WriteAllText(_name, "");
        _file = Path.Combine(folder.Runtime, "left");
        Directory.CreateDirectory(folder.Runtime);
        File.WriteAllText(_file, "");
        _port.Start();
        // Not in a folder whose files are looked at: the file would be one fault more.
        var socket = Path.Combine(folder.Root, "left");
        _socket.Bind(new UnixDomainSocketEndPoint(socket));
        _socket.Listen();
        audit.Follow(Environment.ProcessId);
        records.Look(Environment.ProcessId);
        var entries = files.In("queue").Order(StringComparer.Ordinal).ToList();
        if (entries.Count < 2) throw new InvalidOperationException("the campaign acknowledged less than two entries");
        var (gone, changed) = (Path.Combine(folder.Output, entries[0]), Path.Combine(folder.Output, entries[^1]));
        // A seed: its record was acknowledged before the first worker started, and read.
        var hashOfGone = ContentHash.OfFile(gone);
        File.Delete(gone);
        var bytes = File.ReadAllBytes(changed);
        // The count of entries that the output claimed; and the log's word for the changed one, which may have come when nobody looked any more.
        Consequences = ["the output counted", $"SHA-256 {ContentHash.Of(bytes)}"];
        File.WriteAllBytes(changed, bytes is [var first, .. var rest] ? [(byte)(first ^ 1), .. rest] : [0]);
        Expected =
        [
            $"process {_child.Pid} ", _name, _file, string.Create(CultureInfo.InvariantCulture, $"System V segment {_segment.NativeId}, made by process {Environment.ProcessId}"),
            $"TCP port {((IPEndPoint)_port.LocalEndpoint).Port} ", $"Unix socket {socket}", $"lost: {entries[0]}", $"changed: {entries[^1]}",
            .. _log.Acknowledged.Prepend(hashOfGone).Select(hash => $"SHA-256 {hash}"),
        ];
    }

    /// <summary>What an audit has to say of them: a part of one line each.</summary>
    public IReadOnlyList<string> Expected { get; }

    /// <summary>The same of what may follow from them.</summary>
    public IReadOnlyList<string> Consequences { get; }

    public void Dispose()
    {
        _child.Dispose();
        File.Delete(_name);
        File.Delete(_file);
        _segment.Dispose();
        _log.Dispose();
        _port.Dispose();
        _socket.Dispose();
    }
}

using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker that drives a native fork server, as a fuzzer of native targets does: one execution that ends, and one that hangs. The board says at <see cref="MapAt"/> and at
/// <see cref="LastChildAt"/> which segments these are. What it does stands in its own segment, as 64-bit numbers: at 0 the server's pid, at 8 that the second execution runs, at
/// 16 the pid of that one, at 24 the status of the first. At 32 it is told that it may read that pid, where it does not do so at once.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ForkServerWorker : BoardWorker
{
    private const int MapAt = 256;
    private const int LastChildAt = 512;

    private readonly string _program;
    private readonly string _requests;
    private readonly string _reports;
    private readonly bool _readsAtOnce;

    private ForkServerWorker(string program, string requests, string reports, bool readsAtOnce, ShMem own)
        : base(own)
    {
        _program = program;
        _requests = requests;
        _reports = reports;
        _readsAtOnce = readsAtOnce;
    }

    /// <param name="program">The target.</param>
    /// <param name="requests">The named pipe that it reads on descriptor 198.</param>
    /// <param name="reports">The named pipe that it writes on descriptor 199.</param>
    /// <param name="reads">When it reads what the server reports of the execution that hangs: <c>at-once</c>, or <c>when-told</c>.</param>
    public static int Run(string program, string requests, string reports, string reads) =>
        Join((_, own) => new ForkServerWorker(program, requests, reports, reads == "at-once", own));

    protected override Task Work(SlotAssigned slot) => slot.Generation == 0 ? Drive() : Task.CompletedTask;

    private async Task Drive()
    {
        var (mapId, lastChildId) = (Named(MapAt).Id, Named(LastChildAt).Id);
        using var word = new StdShMemProvider().Open(await Connection.AcquireAsync(lastChildId));
        var lastChild = new ForkServerChild(word);
        var map = new StdShMemProvider().Open(await Connection.AcquireAsync(mapId));

        var fork = await Connection.PreForkAsync(Limit);
        // It stays in this process's group, and ends with it.
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$0\" 198<\"$1\" 199>\"$2\"", _program, _requests, _reports]);
        start.Environment["__AFL_SHM_ID"] = map.NativeId;
        using var server = Process.Start(start)!;
        var holder = await Connection.PostForkAsync(fork, server.Id);
        await Connection.ClaimForkServerAsync(fork, holder, lastChildId);
        Volatile.Write(ref Own.Ref<long>(0), server.Id);

        using var requests = new FileStream(_requests, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using var reports = new FileStream(_reports, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        // Its hello.
        Read(reports);
        Request(requests);
        TakeChild(reports, lastChild, holder);
        var status = Read(reports);
        lastChild.Clear();
        Volatile.Write(ref Own.Ref<long>(24), status);
        // This one hangs.
        map.Span[0] = (byte)'h';
        Request(requests);
        while (!_readsAtOnce && Volatile.Read(ref Own.Ref<long>(32)) == 0) await Task.Delay(10);
        Volatile.Write(ref Own.Ref<long>(16), TakeChild(reports, lastChild, holder));

        // From here on the map is the server's alone, as far as this process is concerned.
        map.Dispose();
        await Connection.ReleaseAsync(mapId);
        Volatile.Write(ref Own.Ref<long>(8), 1);
        await Task.Delay(Timeout.Infinite);
    }

    private static void Request(FileStream requests) => requests.Write(BitConverter.GetBytes(0));

    /// <returns>The child's pid.</returns>
    private static int TakeChild(FileStream reports, ForkServerChild lastChild, HolderId server)
    {
        var child = Read(reports);
        _ = lastChild.Report(child, server);
        return child;
    }

    private static int Read(FileStream reports)
    {
        Span<byte> word = stackalloc byte[sizeof(int)];
        reports.ReadExactly(word);
        return BitConverter.ToInt32(word);
    }
}

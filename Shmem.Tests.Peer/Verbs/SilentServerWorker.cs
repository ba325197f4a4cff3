using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker that has announced and started a native fork server which never says hello, and then does what it is told, one thing at a time. The board says at
/// <see cref="MapAt"/> and at <see cref="LastChildAt"/> which segments these are. What it does stands in its own segment, as 64-bit numbers: at 0 the server's pid, once
/// the map is no more this process's; at 32 it is told what to do, one of <c>report</c> (1), <c>claim</c> (2), claim for itself with the same token (3), <c>abort</c> (4);
/// at 40 is what came of it: 1 for done, or 2 and the error.
/// </summary>
internal sealed class SilentServerWorker(string program, ShMem own) : BoardWorker(own)
{
    private const int MapAt = 256;
    private const int LastChildAt = 512;

    /// <param name="program">The server.</param>
    public static int Run(string program) => Join((_, own) => new SilentServerWorker(program, own));

    protected override Task Work(SlotAssigned slot) => slot.Generation == 0 ? Drive() : Task.CompletedTask;

    private async Task Drive()
    {
        var (mapId, lastChildId) = (Named(MapAt).Id, Named(LastChildAt).Id);
        var map = new StdShMemProvider().Open(await Connection.AcquireAsync(mapId));
        var fork = await Connection.PreForkAsync(Limit);
        // It stays in this process's group, and ends with it.
        var start = new ProcessStartInfo(program);
        start.Environment["__AFL_SHM_ID"] = map.NativeId;
        using var server = Process.Start(start)!;
        var holder = HolderId.Of(fork.ChildNumber, server.Id);
        map.Dispose();
        await Connection.ReleaseAsync(mapId);
        Volatile.Write(ref Own.Ref<long>(0), server.Id);
        while (true)
        {
            var order = Volatile.Read(ref Own.Ref<long>(32));
            if (order == 0)
            {
                await Task.Delay(5);
                continue;
            }

            Volatile.Write(ref Own.Ref<long>(32), 0);
            var answer = await Try(order switch
            {
                1 => () => Connection.PostForkAsync(fork, server.Id),
                2 => () => Connection.ClaimForkServerAsync(fork, holder, lastChildId),
                3 => () => Connection.ClaimForkServerAsync(fork, HolderId.Of(fork.ChildNumber, Environment.ProcessId), lastChildId),
                _ => () => Connection.AbortForkAsync(fork),
            });
            Volatile.Write(ref Own.Ref<long>(40), answer);
        }
    }

    private static async Task<long> Try(Func<Task> what)
    {
        try
        {
            await what();
            return 1;
        }
        catch (ShMemException refused)
        {
            return 2 + (long)refused.Error;
        }
    }
}

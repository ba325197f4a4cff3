using Akka.Actor;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A child of a <see cref="ForkingWorker"/>: waits for its parent's death and then claims, or never says anything. On the board it writes its pid at 0 when it was told, and at
/// 8 when it has claimed. It ends by itself after some minutes, if nobody ends it.
/// </summary>
internal static class ForkedChild
{
    public static int Run(string how)
    {
        using var parent = Console.OpenStandardInput();
        var told = WorkerBootstrap.Read(parent);
        using var board = new StdShMemProvider().Open(told.Segment);
        Volatile.Write(ref board.Ref<long>(0), Environment.ProcessId);
        if (how == "claim")
        {
            while (parent.ReadByte() >= 0)
            {
                // Nothing comes; the end does.
            }

            var certificate = CampaignCertificate.Import(told.Certificate.Span);
            var system = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(certificate));
            var claim = new ClaimFork(new ForkToken(BitConverter.ToInt64(told.Payload.Span)), HolderId.Of(told.ProcessNumber, Environment.ProcessId));
            system.ActorSelection(told.Broker).Ask<ForkAcknowledged>(claim, TimeSpan.FromMinutes(1)).GetAwaiter().GetResult();
            Volatile.Write(ref board.Ref<long>(8), Environment.ProcessId);
        }

        Thread.Sleep(TimeSpan.FromMinutes(5));
        return 0;
    }
}

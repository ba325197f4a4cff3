using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// What waits to be judged: by its rank, and of the same rank whoever was posted first. Any thread; one runs them.
/// </summary>
internal sealed class CaseQueue
{
    /// <summary>Cases that wait at most, as many as there can be workers: each holds up to 4 MiB of inputs, and what dies in ever new ways is faster than the judge.</summary>
    public const int Most = CampaignOptions.MaxWorkers;

    /// <summary>From here on exceptions find no room, of which a target may throw ever new ones: they cost no worker.</summary>
    public const int MostThrown = Most * 3 / 4;

    /// <summary>From here on hangs and kills by the memory limit find none, which take the longest.</summary>
    public const int MostKilled = Most / 2;

    private readonly Channel<Case> _cases = Channel.CreateUnboundedPrioritized<Case>();
    private int _posted;
    private int _waiting;

    /// <summary>Cases that are not judged yet.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <returns>False where too many wait, or no more come. Each rank leaves room to those before it.</returns>
    public bool TryPost(CaseRank rank, Func<CancellationToken, Task> judge)
    {
        if (Interlocked.Increment(ref _waiting) <= MostOf(rank)
            && _cases.Writer.TryWrite(new Case(rank, Interlocked.Increment(ref _posted), judge))) return true;
        Interlocked.Decrement(ref _waiting);
        return false;
    }

    /// <summary>No more cases come.</summary>
    /// <param name="failure">What <see cref="RunAsync"/> is to throw when it has come to the end of those that wait.</param>
    public void Complete(Exception? failure = null) => _cases.Writer.TryComplete(failure);

    /// <summary>
    /// Runs one after another until <see cref="Complete"/> was called and nothing is left. Where one fails no more come, and those that wait are only saved; the first failure is
    /// thrown at the end.
    /// </summary>
    /// <param name="late">What has not begun by then is given this token, cancelled.</param>
    /// <param name="stop">The token of what begins before.</param>
    public async Task RunAsync(CancellationToken late, CancellationToken stop)
    {
        ExceptionDispatchInfo? failure = null;
        await foreach (var next in _cases.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await next.Judge(failure is not null ? new CancellationToken(canceled: true) : late.IsCancellationRequested ? late : stop).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It is thrown at the end.
            catch (Exception failed)
#pragma warning restore CA1031
            {
                failure ??= ExceptionDispatchInfo.Capture(failed);
                Complete();
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        failure?.Throw();
    }

    private static int MostOf(CaseRank rank) => rank switch
    {
        CaseRank.Died => Most,
        CaseRank.Thrown => MostThrown,
        _ => MostKilled,
    };

    private readonly record struct Case(CaseRank Rank, int Number, Func<CancellationToken, Task> Judge) : IComparable<Case>
    {
        public int CompareTo(Case other) => (Rank, Number).CompareTo((other.Rank, other.Number));
    }
}

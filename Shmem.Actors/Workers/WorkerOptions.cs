using System.ComponentModel.DataAnnotations;

namespace Shmem.Actors.Workers;

/// <summary>How many worker processes a <see cref="WorkerSupervisorActor"/> keeps, and how patient it is with them.</summary>
/// <param name="Launch">What is started.</param>
/// <param name="Certificate">The campaign's certificate with its key, as PKCS#12; empty where the campaign has no TLS.</param>
public sealed record WorkerOptions(WorkerLaunch Launch, ReadOnlyMemory<byte> Certificate)
{
    private const int MostSlots = 1024;
    private const int MostEarlyDeaths = 1000;

    /// <summary>The number of slots, that is of processes that work at the same time. One more process waits as the warm spare; see <see cref="KeepsSpare"/>.</summary>
    /// <value>The default is 1.</value>
    [Range(1, MostSlots)]
    public int Slots { get; init; } = 1;

    /// <summary>Whether one more process is kept warm. It takes over at once when a worker is gone; without it a process is started then.</summary>
    /// <value>The default is true. Without the spare there is one process less to pay memory for, and each death costs the start of a process.</value>
    public bool KeepsSpare { get; init; } = true;

    /// <summary>The number that the first process gets; the next ones count on.</summary>
    /// <value>The default is 1, as the broker is 0.</value>
    public long FirstProcessNumber { get; init; } = 1;

    /// <summary>How long a process may take from its start until it has joined; then it is killed.</summary>
    /// <value>The default is 30 s: a start takes half a second on an idle machine.</value>
    public TimeSpan JoinLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a process may take from joining until it is ready; then it is killed.</summary>
    /// <value>The default is 2 min.</value>
    public TimeSpan ReadyLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a process may take to say back what it was told: its slot, or a segment; then it is told again.</summary>
    /// <value>The default is 2 s: an answer takes a millisecond, and a connection that breaks is made again within a second.</value>
    public TimeSpan ConfirmLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a killed process may take to be gone; then its slot is left to it and another is opened.</summary>
    /// <value>The default is 5 s.</value>
    public TimeSpan KillLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wait after a first death before any execution, or by a fault of the program's own (<see cref="ProcessVerdict.Failed"/>); it doubles with each one in a row.</summary>
    /// <value>The default is 200 ms.</value>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest such wait.</summary>
    /// <value>The default is 10 s.</value>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After this many such deaths in a row of processes that were given a slot, the slot gives up. After as many failed starts in a row, which are deaths of processes without a slot yet and
    /// starts that the system refused, one process is started at a time, and only where a slot waits. Where nobody lives then, the campaign has failed: at once where no process was ever
    /// ready, else when a start has failed after the longest wait too.
    /// </summary>
    /// <value>The default is 5.</value>
    [Range(1, MostEarlyDeaths)]
    public int EarlyDeaths { get; init; } = 5;

    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal void Check()
    {
        if (Slots is < 1 or > MostSlots) throw new ArgumentOutOfRangeException(nameof(Slots), Slots, $"There are 1 to {MostSlots} slots.");
        if (BackOff <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(BackOff), BackOff, "The wait after a first death is longer than 0.");
        if (LongestBackOff <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(LongestBackOff), LongestBackOff, "The longest wait after deaths is longer than 0.");
        if (EarlyDeaths is < 1 or > MostEarlyDeaths)
            throw new ArgumentOutOfRangeException(nameof(EarlyDeaths), EarlyDeaths, $"A slot gives up after 1 to {MostEarlyDeaths} deaths.");
    }
}

using Shmem.Actors.Workers;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What happened to the inputs that one verdict process ran.</summary>
internal sealed record Verdict
{
    /// <summary>Inputs that were answered, in order: null for one that came back, the finding where an exception left the target.</summary>
    public required IReadOnlyList<Finding?> Answers { get; init; }

    /// <summary>The longest execution among those answered.</summary>
    public required TimeSpan Longest { get; init; }

    /// <summary>How the process ended.</summary>
    public required WorkerExit Exit { get; init; }

    /// <summary>Stacks that were taken while an input hung.</summary>
    public StackReading? Stacks { get; init; }

    /// <summary>Whether it ended for want of room for the next answer: the inputs that have none yet are another's.</summary>
    public bool IsFull { get; init; }

    /// <summary>The number of the input that killed the process or hung; null where none did.</summary>
    public int? Fatal { get; init; }

    /// <summary>Whether the target was run at all.</summary>
    public required bool HasRun { get; init; }

    /// <summary>Whether the fatal one ran beyond its time limit.</summary>
    public bool IsHang => Exit.KilledFor == KillReasons.Hang;

    /// <summary>Whether the fatal one took more memory than the limit, outside the garbage collector's heap.</summary>
    public bool IsMemory => Exit.KilledFor == KillReasons.Memory;

    /// <summary>Whether the fatal one was ended by an exception that the user said is no finding, on a thread where nobody catches it.</summary>
    public bool IsExpected => Fatal is not null && Exit.KilledFor is null && DeathParser.Parse(new ProcessEnd(Exit.ExitCode), Exit.Stderr, TargetTypeNames.None).IsExpected;

    /// <summary>
    /// Our own program failed in that process, which says nothing of the input: the words of that; else null.
    /// </summary>
    public string? Failure => Fatal is not null ? FailureReport.Of(Exit) : null;

    /// <summary>A target that did not start is the user's to mend, and no finding.</summary>
    /// <exception cref="InputException">It did not start.</exception>
    /// <exception cref="InvalidOperationException">Our own program failed.</exception>
    public void ThrowIfItCannotStart(string target)
    {
        // What the target does wrong while it is loaded is wrong input: that process says so in other words.
        if (Failure is { } failure) throw new InvalidOperationException($"A process that runs inputs alone failed ({failure})");
        // A target may exit with that code, too.
        if (HasRun || Fatal is not 0) return;
        var said = Exit.Stderr.Trim();
        if (Exit is { ExitCode: ExitCodes.WrongInput } && InputErrors.TryDecode(said) is { } wrong) throw wrong;
        // A constructor or an initialiser of it that exits, say, or does not return: no seed is to blame, and the next one would fare no better.
        throw new InputException(target, $"it cannot start ({Exit.Describe()}{(said.Length > 0 ? $": {FirstLine.Of(said)}" : "")})", "Make it start without a fuzzer first.");
    }

    /// <summary>A target whose folder lacks an assembly is the user's to mend, and no finding.</summary>
    /// <param name="nameOf">What the user calls an input, by its number.</param>
    /// <exception cref="InputException">It lacks one that an input made it need.</exception>
    public void ThrowIfAnAssemblyIsMissing(Func<int, string> nameOf)
    {
        for (var input = 0; input < Answers.Count; input++) ThrowIfMissing(Answers[input], nameOf(input));
        if (Fatal is { } fatal) ThrowIfMissing(FatalFinding(TargetTypeNames.None, new FindingSource(-1, 0, 0)), nameOf(fatal));

        static void ThrowIfMissing(Finding? finding, string name)
        {
            if (finding is { Kind: FindingKind.MissingDependency })
                throw new InputException(name, $"the target cannot run it: {finding.Message}", MissingDependencyException.Remedy);
        }
    }

    /// <summary>What the fatal input did.</summary>
    public Finding FatalFinding(ITargetNames names, FindingSource source)
    {
        if (IsHang) return Finding.FromHang(Stacks?.Stacks ?? [], source);
        var death = DeathParser.Parse(new ProcessEnd(Exit.ExitCode), Exit.Stderr, names);
        return Finding.From(IsMemory ? death with { Kind = FindingKind.OutOfMemory } : death, source);
    }
}

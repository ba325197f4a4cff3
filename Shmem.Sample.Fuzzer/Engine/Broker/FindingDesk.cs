using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Where every finding ends up: one file for each key, the rest is counted. Thread-safe.</summary>
/// <param name="folder">Where findings are saved.</param>
/// <param name="known">The keys that are saved already.</param>
/// <param name="warn">Tells the user of what is wrong and is no finding.</param>
internal sealed class FindingDesk(OutputFolder folder, KnownFindings known, Action<string> warn)
{
    private readonly Lock _gate = new();
    private readonly Lock _saving = new();
    private readonly List<FindingRecord> _saved = [.. folder.Findings.ReadAll().Where(line => !line.IsMetAgain)];
    private long _met;
    private long _expected;
    private FindingRecord? _lastCrash;
    private FindingRecord? _lastHang;

    public IReadOnlyList<FindingRecord> Saved
    {
        get
        {
            lock (_gate) return [.. _saved];
        }
    }

    /// <summary>The newest of each since the start of this run: a fuzzer that was killed may have saved some later than its statistics say.</summary>
    public (FindingRecord? Crash, FindingRecord? Hang) Last
    {
        get
        {
            lock (_gate) return (_lastCrash, _lastHang);
        }
    }

    /// <summary>Findings whose key was saved already.</summary>
    public long Met => Interlocked.Read(ref _met);

    /// <summary>Deaths by an exception that the user said is no finding.</summary>
    public long Expected => Interlocked.Read(ref _expected);

    public bool IsKnown(FindingKey key) => known.Contains(key);

    /// <summary>What is saved has this key, too, in a process that has run for longer.</summary>
    public void KnowAlso(Finding finding) => known.TryAdd(finding);

    /// <summary>Counts one more of a key that is saved.</summary>
    public void Count() => Interlocked.Increment(ref _met);

    /// <summary>Counts one more death by an expected exception.</summary>
    public void CountExpected() => Interlocked.Increment(ref _expected);

    /// <summary>Tells the user, once, of an assembly that the target lacks.</summary>
    public void TellOfMissing(Finding missing)
    {
        if (known.TryAdd(missing)) warn($"the target cannot run some inputs, which are passed over: {missing.Message}. {MissingDependencyException.Remedy}");
    }

    /// <summary>Saves the finding, unless its key is saved already. A file that is there gets its line in any case: without one it would be judged at each <c>-i -</c>.</summary>
    /// <param name="finding">What happened.</param>
    /// <param name="input">By which input.</param>
    /// <param name="from">Where that came from.</param>
    /// <param name="file">The input's file where it has one, of which no line tells; null for none.</param>
    /// <param name="isConfirmed">Whether the input has done so alone, too.</param>
    public void Take(Finding finding, ReadOnlySpan<byte> input, Provenance from, string? file = null, bool isConfirmed = true)
    {
        if (finding.Kind == FindingKind.MissingDependency)
        {
            TellOfMissing(finding);
            return;
        }

        // Known is what is on disk: who is told that it is needs not save it, and it is acknowledged.
        using var saving = _saving.EnterScope();
        if (known.Contains(finding))
        {
            if (file is null) Count();
            else folder.Findings.Append(LineOf(finding, file, from) with { IsMetAgain = true });
            return;
        }

        // One of a key is enough, from whichever run of the campaign.
        if (!isConfirmed && Saved.Any(line => line.Key == finding.Key))
        {
            Count();
            return;
        }

        var isHang = finding.Kind == FindingKind.Hang;
        file ??= isHang
            ? folder.Hangs.Save(input, id => EntryName.Native.Plain(id, from)).Path
            : folder.Crashes.Save(input, id => EntryName.Native.Crash(id, SignalOf(finding), from)).Path;
        var record = LineOf(finding, file, from) with { Confirmed = isConfirmed ? null : false };
        // After the file: whoever reads the line finds the input. Who goes on after a kill between the two finds a file without a line.
        folder.Findings.Append(record);
        known.TryAdd(finding);
        lock (_gate)
        {
            _saved.Add(record);
            if (isHang) _lastHang = record;
            else _lastCrash = record;
        }
    }

    private FindingRecord LineOf(Finding finding, string file, Provenance from) => new()
    {
        File = Path.GetRelativePath(folder.FullPath, file),
        Kind = finding.Kind,
        Key = finding.Key,
        Exception = finding.ExceptionType,
        Message = finding.Message,
        Frame = KeyFrame.Of(finding.Frames)?.ToString(),
        TimeMilliseconds = (long)from.Time.TotalMilliseconds,
        Executions = from.Executions,
    };

    /// <summary>The signal that ended the process, or would have: .NET aborts on an unhandled exception.</summary>
    private static int SignalOf(Finding finding)
    {
        const int Abort = 6;
        return finding.Kind == FindingKind.Exit ? 0 : new ProcessEnd(finding.ExitCode).Signal is var signal and > 0 ? signal : Abort;
    }
}

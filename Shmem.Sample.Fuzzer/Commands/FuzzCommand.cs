using System.CommandLine;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>The command <c>fuzz</c>. Short options are afl-fuzz's.</summary>
internal sealed class FuzzCommand : Command
{
    private const string ResumeMark = "-";

    private readonly Option<string?> _seeds = OptionKinds.Text("-i", ["--input"], "SEEDS",
        "folder of seeds (its files of 1 byte to 1 MiB), or one file; - goes on with the campaign in OUT, its target and -t, -m, -x, --stack, --guard, --expect and --instrument unless given anew; --workers, -V, -E and -s are not kept (default: one small seed)");

    private readonly Option<string?> _output = OptionKinds.Text("-o", ["--output"], "OUT",
        "output folder, in AFL's layout (default: a new one under shmem-out/)");

    // The most that a timer of .NET waits is 49 days.
    private readonly Option<int?> _seconds = OptionKinds.Number("-V", [], "SECONDS", 1, 4_000_000, "seconds",
        "end after so many seconds of this run's fuzzing (default: at Ctrl-C)");

    private readonly Option<long?> _executions = OptionKinds.Number("-E", [], "COUNT", 1, long.MaxValue, "executions",
        "end after so many executions of this run");

    private readonly Option<ulong?> _randomSeed = OptionKinds.Number("-s", ["--seed"], "SEED", ulong.MinValue, ulong.MaxValue, "",
        "seed of the random generators (default: the operating system's choice)");

    private readonly Option<string?> _dictionary = OptionKinds.File("-x", ["--dictionary"], "DICT", "dictionary in AFL's format");

    private readonly Option<int?> _workers = OptionKinds.Number("--workers", [], "N", 1, CampaignOptions.MaxWorkers, "workers",
        "worker processes, and one spare besides (default: one for each core)");

    private readonly Option<string[]> _instrument = OptionKinds.Texts("--instrument", "GLOB",
        "assemblies to instrument, by name without .dll, * allowed; one of the framework by its whole name only; repeatable (default: A.dll and what it references, and so on, but the framework)");

    private readonly Option<bool> _plain = OptionKinds.Flag("--plain", "one line a second instead of the dashboard (the default without a terminal)");

    private readonly Option<bool> _json = OptionKinds.Flag("--json", "one JSON object a second instead of the dashboard; the summary goes to standard error");

    private readonly TargetOptions _target = new();

    public FuzzCommand(ICommandHandlers handlers, Func<CancellationToken> stop)
        : base("fuzz", "Fuzz a .NET method; without --assembly, the demonstration library.")
    {
        _target.AddTo(this);
        foreach (var option in (Option[])[_seeds, _output, _seconds, _executions, _dictionary, _randomSeed, _workers, _instrument, _plain, _json])
            Add(option);
        SetAction((result, _) => handlers.FuzzAsync(Bind(result), stop()));
    }

    /// <exception cref="InputException">Options that each are right do not go together.</exception>
    private CampaignOptions Bind(ParseResult result)
    {
        var seeds = result.GetValue(_seeds);
        var output = result.GetValue(_output);
        var resume = seeds == ResumeMark;
        if (resume && output is null)
            throw new InputException("-i -", "it does not say which campaign to go on with", "Give its folder with -o.");
        var (assembly, method) = _target.Method(result);
        if (result.GetValue(_plain) && result.GetValue(_json))
            throw new InputException("--plain --json", "they exclude each other", "Give one of them.");
        return new CampaignOptions
        {
            Seeds = resume || seeds is null ? null : Path.GetFullPath(seeds),
            Resume = resume,
            Output = output is null ? null : Path.GetFullPath(output),
            Seconds = result.GetValue(_seconds),
            Executions = result.GetValue(_executions),
            TimeoutMilliseconds = result.GetValue(_target.Timeout) ?? CampaignOptions.DefaultTimeoutMilliseconds,
            MemoryMegabytes = result.GetValue(_target.Memory) ?? CampaignOptions.DefaultMemoryMegabytes,
            NamesTimeout = result.GetValue(_target.Timeout) is not null,
            NamesMemory = result.GetValue(_target.Memory) is not null,
            Dictionary = result.GetValue(_dictionary),
            RandomSeed = result.GetValue(_randomSeed),
            Workers = result.GetValue(_workers) ?? new CampaignOptions().Workers,
            Expect = result.GetValue(_target.Expect) ?? [],
            Plain = result.GetValue(_plain),
            Json = result.GetValue(_json),
            Assembly = assembly,
            Method = method,
            Instrument = result.GetValue(_instrument) ?? [],
            StackKilobytes = result.GetValue(_target.Stack),
            Guard = result.GetValue(_target.Guard),
        };
    }
}

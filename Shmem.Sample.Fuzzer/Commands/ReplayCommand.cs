using System.CommandLine;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>The command <c>replay</c>.</summary>
internal sealed class ReplayCommand : Command
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        HelpName = "FILE",
        Description = "saved inputs",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => OptionKinds.ExistingFile(result, "", token.Value)).OfType<string>()],
    };

    private readonly TargetOptions _target = new();

    public ReplayCommand(ICommandHandlers handlers, Func<CancellationToken> stop)
        : base("replay", "Run saved inputs again and print how each ends; exit code 1 if one is a finding. The target and the options that are not given are those of the campaign in whose folder a file lies; with --assembly, the defaults. An input may take three times -t.")
    {
        Add(_files);
        _target.AddTo(this);
        SetAction((result, _) => handlers.ReplayAsync(Bind(result), stop()));
    }

    private ReplayOptions Bind(ParseResult result)
    {
        var (assembly, method) = _target.Method(result);
        return new ReplayOptions
        {
            Files = result.GetValue(_files) ?? [],
            Assembly = assembly,
            Method = method,
            TimeoutMilliseconds = result.GetValue(_target.Timeout),
            MemoryMegabytes = result.GetValue(_target.Memory),
            StackKilobytes = result.GetValue(_target.Stack),
            Guard = result.GetValue(_target.Guard),
            Expect = result.GetValue(_target.Expect) ?? [],
        };
    }
}

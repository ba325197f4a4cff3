using System.CommandLine;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>The command line: definitions, errors and exit codes.</summary>
internal sealed class CommandLine
{
    /// <summary>How long the demonstration runs, in seconds.</summary>
    public const int DemonstrationSeconds = 60;

    /// <summary>What the program calls itself.</summary>
    public const string Program = "shmem-fuzz";

    private readonly RootCommand _root;

    private CommandLine(RootCommand root) => _root = root;

    /// <summary>Builds it. <paramref name="stop"/> gives the token that ends a command; it is asked only by commands for users, so that a
    /// worker keeps the system's way to end at a signal.</summary>
    public static CommandLine Create(ICommandHandlers handlers, Func<CancellationToken> stop)
    {
        var root = new RootCommand("Coverage-guided fuzzing of .NET code with several worker processes. Without arguments it fuzzes the demonstration library for 60 s. Exit codes: 0 ended as asked, also with findings; 1 replay reproduced one; 2 wrong input; 3 failed; 130 interrupted before there was anything to save.");
        root.SetAction((_, _) => handlers.FuzzAsync(CampaignOptions.Demonstration, stop()));
        root.Add(new FuzzCommand(handlers, stop));
        root.Add(new ReplayCommand(handlers, stop));
        root.Add(Doctor(handlers, stop));
        root.Add(Stacks(handlers));
        return new CommandLine(root);
    }

    /// <summary>The whole program: Ctrl-C, the command, its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, ICommandHandlers handlers, TextWriter output, TextWriter error)
    {
        // Processes that the broker starts, one for every death: the users' command line would take a tenth of their start.
        // It reads what they say; one whose broker is gone must not leave a file for nobody.
        if (arguments is ["worker"]) return await ReportAsync(handlers.WorkerAsync, error, FailureReport.DescribeWhole).ConfigureAwait(false);
        if (arguments is ["verdict"]) return await ReportAsync(handlers.VerdictAsync, error, FailureReport.DescribeWhole).ConfigureAwait(false);
        using var signals = new StopSignals();
        return await Create(handlers, signals.Listen).InvokeAsync(arguments, output, error).ConfigureAwait(false);
    }

    /// <summary>Runs one command. Never throws: wrong input and failures are one line on <paramref name="error"/> and an exit code.</summary>
    public Task<int> InvokeAsync(string[] arguments, TextWriter output, TextWriter error) => ReportAsync(() =>
    {
        var dashes = Array.IndexOf(arguments, "--");
        // No response files: an argument that begins with @ is AFL's place of the input.
        var result = _root.Parse(dashes < 0 ? arguments : arguments[..dashes], new ParserConfiguration { ResponseFileTokenReplacer = null });
        InputErrors.ThrowIfAny(result, Program);
        if (dashes >= 0)
            RefuseNative(arguments[(dashes + 1)..]);
        return result.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // Ctrl-C is StopSignals' business.
            ProcessTerminationTimeout = null,
        });
    }, error, FailureReport.Describe);

    private static async Task<int> ReportAsync(Func<Task<int>> command, TextWriter error, Func<Exception, string> describe)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (InputException e)
        {
            error.WriteLine($"{Program}: {OneLine.Of(e.Message)}");
            return ExitCodes.WrongInput;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine($"{Program}: interrupted");
            return ExitCodes.Interrupted;
        }
        catch (Exception e)
        {
            error.WriteLine($"{Program}: {OneLine.Of(describe(e))}");
            return ExitCodes.Failed;
        }
    }

    private static void RefuseNative(string[] target)
    {
        throw new InputException($"-- {string.Join(' ', target)}", "native AFL++ targets cannot be run yet",
            "Fuzz a .NET method: --assembly A.dll --method Namespace.Type.Method.");
    }

    private static Command Doctor(ICommandHandlers handlers, Func<CancellationToken> stop)
    {
        var clean = OptionKinds.Flag("--clean", "remove what dead campaigns left");
        var command = new Command("doctor", "Say which backend is chosen and why, what the system's limits are, and what dead campaigns left.") { clean };
        command.SetAction((result, _) => handlers.DoctorAsync(new DoctorOptions(result.GetValue(clean)), stop()));
        return command;
    }

    private static Command Stacks(ICommandHandlers handlers)
    {
        var pid = new Argument<int>("PID");
        var samples = new Argument<int>("SAMPLES");
        var between = new Argument<int>("MILLISECONDS");
        var command = Hidden("stacks", result => handlers.StacksAsync(
            result.GetValue(pid), result.GetValue(samples), TimeSpan.FromMilliseconds(result.GetValue(between))));
        command.Add(pid);
        command.Add(samples);
        command.Add(between);
        return command;
    }

    private static Command Hidden(string name, Func<ParseResult, Task<int>> action)
    {
        var command = new Command(name) { Hidden = true };
        command.SetAction((result, _) => action(result));
        return command;
    }
}

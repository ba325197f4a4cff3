using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

/// <summary>Every way to die, for real: what the runtime prints today must be what the parser reads.</summary>
public sealed class RealDeathTests
{
    private const string Dying = "Shmem.Tests.Peer.Dying.";
    private const string Format = "System.FormatException";

    [Theory]
    [InlineData("unhandled", "Parser.Parse", "bad input x")]
    [InlineData("thrower", "Parser.ParseWithThrower", "bad input x")]
    [InlineData("nested", "Parser.Nested`1.Parse", "bad String x")]
    [InlineData("generic-method", "Parser.ParseAs", "bad Int32 x")]
    [InlineData("lambda", "Parser.ParseByLambda", "bad input x")]
    [InlineData("local", "Parser.ParseByLocal", "bad input x")]
    [InlineData("iterator", "Parser.ParseAll", "bad input x")]
    [InlineData("explicit", "Parser.System.IDisposable.Dispose", "bad input")]
    [InlineData("constructor", "Parser..ctor", "bad input x")]
    [InlineData("static-constructor", "Parser.Parse", "bad input x")]
    [InlineData("async", "Parser.ParseAsync", "bad input x")]
    [InlineData("async-lambda", "Parser.ParseByAsyncLambda", "bad input x")]
    [InlineData("async-void", "Parser.Forget", "bad input x")]
    [InlineData("task-wait", "Parser.ParseAsync", "bad input x")]
    [InlineData("rethrown", "Parser.Parse", "bad input x")]
    [InlineData("reflection", "Parser.Parse", "bad input x")]
    [InlineData("thread", "Parser.Parse", "bad input x")]
    [InlineData("noise", "Parser.Parse", "bad input x")]
    [InlineData("noise-before", "Parser.Parse", "bad input x")]
    public async Task An_unhandled_exception_has_its_type_message_and_frame(string how, string frame, string message)
    {
        var death = await Peer.Report(how);

        Assert.Equal(FindingKind.UnhandledException, death.Kind);
        Assert.Equal(Format, death.ExceptionType);
        Assert.Equal(message, death.Message);
        Assert.Equal($"exception {Dying}{frame}", FindingKey.Of(death).Text);
    }

    [Fact]
    public async Task A_wrapped_exception_has_the_outer_type_and_the_inner_frame()
    {
        var death = await Peer.Report("wrapped");

        Assert.Equal("System.InvalidOperationException", death.ExceptionType);
        Assert.Equal("cannot parse", death.Message);
        Assert.Equal($"exception {Dying}Parser.Parse", FindingKey.Of(death).Text);
    }

    [Fact]
    public async Task Lines_are_kept_beside_the_name()
    {
        var death = await Peer.Report("null");

        Assert.Equal("System.NullReferenceException", death.ExceptionType);
        Assert.Equal($"{Dying}Parser.Length", death.Frames[0].Name);
        Assert.EndsWith("Dying/Parser.cs", death.Frames[0].File, StringComparison.Ordinal);
        Assert.True(death.Frames[0].Line > 0);
    }

    [Theory]
    [InlineData("overflow", "Overflow.Direct")]
    [InlineData("overflow-thread", "Overflow.Direct")]
    [InlineData("overflow-cycle", "Overflow.First", "Overflow.Second", "Overflow.Third")]
    [InlineData("overflow-iterator", "Overflow.Walk")]
    [InlineData("overflow-async", "Overflow.WalkAsync")]
    [InlineData("overflow-generic", "Overflow.Walker`1.Walk")]
    [InlineData("overflow-lambda", "Overflow.ByLambda")]
    [InlineData("overflow-varied", "Overflow.Left", "Overflow.Right", "Overflow.Varied")]
    [InlineData("large-frame", "Overflow.LargeFrame")]
    public async Task A_stack_overflow_has_its_cycle(string how, params string[] cycle)
    {
        var death = await Peer.Report(how);

        Assert.Equal(FindingKind.StackOverflow, death.Kind);
        Assert.Equal("stack-overflow " + string.Join(" > ", cycle.Select(name => Dying + name)), FindingKey.Of(death).Text);
    }

    [Theory]
    [InlineData("access-violation", "WildPointer.Write")]
    [InlineData("access-violation-bcl", "WildPointer.Copy")]
    public async Task An_access_violation_has_the_frame_of_the_library(string how, string frame)
    {
        var death = await Peer.Report(how);

        Assert.Equal("System.AccessViolationException", death.ExceptionType);
        Assert.Equal($"access-violation {Dying}{frame}", FindingKey.Of(death).Text);
    }

    [Theory]
    [InlineData("fail-fast", "cannot go on with x", "Shmem.Tests.Peer.Dying.Failing.Fast")]
    [InlineData("fail-fast-exception", "cannot go on with x", "Shmem.Tests.Peer.Dying.Failing.FastWith")]
    [InlineData("fail-fast-bare", "Runtime operation halted by call to System.Environment.FailFast(). (0x80131623)", "Shmem.Tests.Peer.Verbs.DieVerb.Run")]
    [InlineData("assert", "Assertion failed.", "Shmem.Tests.Peer.Dying.Failing.Assert")]
    public async Task Giving_up_has_its_message_and_frame(string how, string message, string frame)
    {
        var death = await Peer.Report(how);

        Assert.Equal(FindingKind.FailFast, death.Kind);
        Assert.Equal(message, death.Message);
        Assert.Equal($"fail-fast {frame}", FindingKey.Of(death).Text);
    }

    [Fact]
    public async Task A_fatal_error_of_the_runtime_is_a_fail_fast()
    {
        var death = await Peer.Report("invalid-program");

        Assert.Equal(FindingKind.FailFast, death.Kind);
        Assert.StartsWith("Invalid Program: attempted to call a UnmanagedCallersOnly", death.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out-of-memory")]
    [InlineData("out-of-memory-array")]
    public async Task Memory_that_runs_out_unhandled_has_no_frame(string how)
    {
        var death = await Peer.Report(how, ("DOTNET_GCHeapHardLimit", "4000000"));

        Assert.Equal(FindingKind.OutOfMemory, death.Kind);
        Assert.Equal("out-of-memory", FindingKey.Of(death).Text);
    }

    [Theory]
    [InlineData("abort", FindingKind.Signal, "signal 6")]
    [InlineData("kill", FindingKind.Signal, "signal 9")]
    [InlineData("heap-corruption", FindingKind.Signal, "signal 11")]
    [InlineData("exit", FindingKind.Exit, "exit 7")]
    [InlineData("return", FindingKind.Exit, "exit 0")]
    public async Task An_end_without_words_has_its_signal_or_code(string how, object kind, string key)
    {
        var death = await Peer.Report(how);

        Assert.Equal(kind, death.Kind);
        Assert.Equal(key, FindingKey.Of(death).Text);
    }
}

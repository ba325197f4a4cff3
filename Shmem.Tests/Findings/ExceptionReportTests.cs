using System.Reflection;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

/// <summary>Exceptions caught in process, against the same ones that nobody catches.</summary>
public sealed class ExceptionReportTests
{
    private static readonly Type _parser = Assembly.LoadFrom(Peer.File).GetType("Shmem.Tests.Peer.Dying.Parser", throwOnError: true)!;

    [Theory]
    [InlineData("unhandled", "Parse")]
    [InlineData("thrower", "ParseWithThrower")]
    [InlineData("lambda", "ParseByLambda")]
    [InlineData("local", "ParseByLocal")]
    [InlineData("wrapped", "ParseWrapped")]
    [InlineData("rethrown", "ParseRethrown")]
    public async Task Caught_and_unhandled_have_the_same_frames_and_key(string how, string method)
    {
        var call = _parser.GetMethod(method)!.CreateDelegate<Action<string>>();

        var caught = ExceptionReport.From(Assert.ThrowsAny<Exception>(() => call("x")), Peer.Library);
        var death = await Peer.Report(how);

        Assert.Equal(FindingKind.Exception, caught.Kind);
        Assert.Equal(death.Frames.Where(frame => frame.IsLibrary), caught.Frames.Where(frame => frame.IsLibrary));
        Assert.Equal(FindingKey.Of(death), FindingKey.Of(caught));
        Assert.Equal((death.ExceptionType, death.Message), (caught.ExceptionType, caught.Message));
    }

    [Fact]
    public async Task A_caught_task_and_an_unhandled_one_have_the_same_frames()
    {
        var call = _parser.GetMethod("ParseAsync")!.CreateDelegate<Func<string, Task<int>>>();

        var caught = ExceptionReport.From(await Assert.ThrowsAnyAsync<Exception>(() => call("x")), Peer.Library);
        var death = await Peer.Report("async");

        Assert.NotEmpty(caught.Frames);
        Assert.Equal(death.Frames.Where(frame => frame.IsLibrary), caught.Frames.Where(frame => frame.IsLibrary));
        Assert.Equal(FindingKey.Of(death), FindingKey.Of(caught));
    }

    [Fact]
    public void Memory_that_runs_out_is_a_kind_of_its_own()
    {
        // Longer than any array may be: refused without asking for the memory.
        var caught = Assert.Throws<OutOfMemoryException>(() => GC.KeepAlive(new byte[int.MaxValue]));

        Assert.Equal(FindingKind.OutOfMemory, ExceptionReport.From(caught, Peer.Library).Kind);
    }

    [Fact]
    public void A_carrier_gives_the_type_of_what_it_carries() =>
        Assert.Equal("System.FormatException", ExceptionReport.From(new AggregateException(new FormatException("f")), Peer.Library).ExceptionType);

    [Fact]
    public void An_exception_whose_message_throws_is_reported_all_the_same()
    {
        var report = ExceptionReport.From(new Hostile(), Peer.Library);

        Assert.Equal("(its Message threw NotSupportedException)", report.Message);
    }

    private sealed class Hostile : Exception
    {
        public override string Message => throw new NotSupportedException();

        public override string? StackTrace => throw new NotSupportedException();

        public override string ToString() => throw new NotSupportedException();
    }
}

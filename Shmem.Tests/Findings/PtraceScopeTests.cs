using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

public sealed class PtraceScopeTests
{
    private const string Root = "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n";
    private const string AllButTracing = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t000001fffff7ffff\n";

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("0\n", AllButTracing, false)]
    [InlineData("1\n", AllButTracing, false)]
    [InlineData("2\n", Root, false)]
    [InlineData("2\n", AllButTracing, true)]
    [InlineData("2\n", null, true)]
    [InlineData("3\n", Root, true)]
    public void It_refuses_where_no_exception_is_made_for_those_that_run_targets(string? scope, string? status, bool refuses) =>
        Assert.Equal(refuses, PtraceScope.Refusal(scope, status) is not null);
}

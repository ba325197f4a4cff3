using System.Text;
using Shmem.Actors.Workers;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class KernelStartTimeTests
{
    [Theory]
    [InlineData("cat")]
    [InlineData("a b")]
    [InlineData("a) S 1 2 3")]
    [InlineData("((")]
    [InlineData("))) 7")]
    public void The_command_s_name_does_not_shift_the_field(string name)
    {
        var stat = $"1234 ({name}) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 98765 23 24\n";
        Assert.Equal(98765, Parse(stat));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234 (cat) S 3 4")]
    [InlineData("1234 (cat) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 x 23")]
    public void What_is_no_stat_line_has_none(string stat) => Assert.Equal(KernelStartTime.Unknown, Parse(stat));

    private static long Parse(string stat) => ProcessStat.TryParse(Encoding.UTF8.GetBytes(stat), out var read) ? read.StartTime : KernelStartTime.Unknown;

    [Fact]
    public void It_stays_the_same_for_a_process_and_is_not_known_for_none()
    {
        var own = KernelStartTime.Of(Environment.ProcessId);
        Assert.True(own > 0);
        Assert.Equal(own, KernelStartTime.Of(Environment.ProcessId));
        Assert.Equal(KernelStartTime.Unknown, KernelStartTime.Of(int.MaxValue));
    }
}

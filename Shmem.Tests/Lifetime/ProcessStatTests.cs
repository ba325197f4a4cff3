using System.Text;
using FsCheck.Xunit;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

public sealed class ProcessStatTests
{
    [Theory]
    [InlineData("cat")]
    [InlineData("a b")]
    [InlineData("a) S 1 2 3")]
    [InlineData("((")]
    [InlineData("))) 7")]
    public void The_command_s_name_does_not_shift_the_fields(string name)
    {
        Assert.True(ProcessStat.TryParse(Encoding.UTF8.GetBytes($"1234 ({name}) Z 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 98765 23 24\n"), out var stat));
        Assert.Equal(new ProcessStat(1234, (byte)'Z', 5, 6, 20, 98765), stat);
    }

    [Theory]
    [InlineData("Z", 1, true)]
    [InlineData("X", 0, true)]
    [InlineData("Z", 2, false)] // The leader is dead and another thread still writes.
    [InlineData("T", 1, false)]
    [InlineData("S", 1, false)]
    public void Only_a_dead_leader_without_other_threads_has_ended(string state, int threads, bool ended) =>
        Assert.Equal(ended, new ProcessStat(1, (byte)state[0], 1, 1, threads, 1).HasEnded);

    [Theory]
    [InlineData("")]
    [InlineData("1 (a")]
    [InlineData(") 1")]
    [InlineData("1 (a) ")]
    [InlineData("1 (a) S")]
    [InlineData("x (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23")]
    [InlineData("1 (a) S 4 x 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23")]
    [InlineData("1 (a) S 4 5 x 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23")]
    [InlineData("1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19")]
    [InlineData("1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 x 21 22 23")]
    [InlineData("1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21")]
    [InlineData("1 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 x")]
    public void A_line_that_ends_too_soon_or_has_no_number_where_one_stands_is_refused(string line)
    {
        Assert.False(ProcessStat.TryParse(Encoding.UTF8.GetBytes(line), out var stat));
        Assert.Equal(default, stat);
    }

    [Property(MaxTest = 1000)]
    public void Foreign_bytes_are_refused_or_read(byte[] line)
    {
        if (!ProcessStat.TryParse(line, out var stat)) Assert.Equal(default, stat);
    }

    [Fact]
    public void This_process_lives_and_no_process_of_that_pid_is_gone()
    {
        Assert.Equal(0, ProcessStat.Read(Environment.ProcessId, out var self));
        Assert.Equal(Environment.ProcessId, self.Pid);
        Assert.False(Incarnation.Self.IsGone());
        Assert.False(Incarnation.From(1, Start(1)).IsGone());
        Assert.True(Incarnation.From(1, Start(1) + 1).IsGone());
        Assert.True(Incarnation.From(4194305, 1).IsGone()); // More than pid_max can be.
        // All that macOS is asked.
        Assert.False(SeenProcess.HasNoProcess(1));
        Assert.True(SeenProcess.HasNoProcess(4194305));

        static long Start(int pid) => ProcessStat.Read(pid, out var stat) == 0 ? stat.StartTime : throw new InvalidOperationException();
    }
}

using System.Diagnostics;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Findings;

/// <summary>Stacks of a real process that hangs, read by the real helper process.</summary>
public sealed class StackReaderTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_hung_process_has_a_key_and_lives_on()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var hung = Peer.Start("hang");
        try
        {
            Assert.Equal("hanging", await hung.StandardOutput.ReadLineAsync(cancel));

            // The loop is in one callee two times of three: that all moments catch it there is to be one in ten million.
            const int samples = 40;
            var reading = await StackReaderProcess.ReadAsync(hung.Id, _limit, Peer.Library, cancel, samples, millisecondsBetween: 5);

            Assert.True(reading.Failure is null, $"{reading.Failure}: {reading.Reason}");
            Assert.Equal(samples, reading.Stacks.Count);
            Assert.Equal("hang Shmem.Tests.Peer.Dying.Hanging.Loop", FindingKey.OfHang(reading.Stacks).Text);

            await AssertLivesOn(hung, cancel);
        }
        finally
        {
            await Tool.Kill(hung);
        }
    }

    [Fact]
    public async Task A_reader_that_meets_its_limit_is_killed_and_the_process_lives_on()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var hung = Peer.Start("hang");
        try
        {
            Assert.Equal("hanging", await hung.StandardOutput.ReadLineAsync(cancel));

            var reading = await StackReaderProcess.ReadAsync(hung.Id, TimeSpan.FromMilliseconds(1), Peer.Library, cancel);

            Assert.Equal(StackFailure.TimedOut, reading.Failure);
            await AssertLivesOn(hung, cancel);
        }
        finally
        {
            await Tool.Kill(hung);
        }
    }

    // A killed broker has no time limit any more, and is in no record of workers with its reader.
    [Fact]
    public async Task A_reader_ends_with_whoever_started_it_and_the_process_lives_on()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var hung = Peer.Start("hang");
        try
        {
            Assert.Equal("hanging", await hung.StandardOutput.ReadLineAsync(cancel));
            using var reader = Process.Start(StackReaderProcess.Start(hung.Id, samples: int.MaxValue, millisecondsBetween: 1))!;
            Assert.NotNull(await reader.StandardOutput.ReadLineAsync(cancel));

            reader.StandardInput.Close();

            while (await reader.StandardOutput.ReadLineAsync(cancel).AsTask().WaitAsync(PeerCommand.Patience, cancel) is not null)
            {
                // What it has said meanwhile.
            }

            await AssertLivesOn(hung, cancel);
        }
        finally
        {
            await Tool.Kill(hung);
        }
    }

    [Fact]
    public async Task A_process_that_is_gone_is_a_failure_with_a_reason()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var gone = Peer.Start("hang");
        await Tool.Kill(gone);

        var reading = await StackReaderProcess.ReadAsync(gone.Id, _limit, Peer.Library, cancel);

        Assert.Equal(StackFailure.NoSuchProcess, reading.Failure);
        Assert.Equal("hang", Finding.FromHang(reading.Stacks, new FindingSource(0, 0, 0)).Key);
    }

    [Fact]
    public async Task A_native_process_is_a_failure_with_a_reason()
    {
        using var native = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        try
        {
            var reading = await StackReaderProcess.ReadAsync(native.Id, _limit, Peer.Library, TestContext.Current.CancellationToken);

            Assert.Equal(StackFailure.NotManaged, reading.Failure);
        }
        finally
        {
            await Tool.Kill(native);
        }
    }

    [Fact]
    public void The_thread_with_our_marker_is_the_one()
    {
        StackSample[] samples =
        [
            new() { Thread = 1, Frames = ["Shmem.Tests.Peer.Dying.Parser.Parse", "Shmem.Tests.Peer.Dying.Parser.Length"] },
            new() { Thread = 2, Frames = ["System.String.Concat", HungThread.Marker + ".Run"] },
        ];

        var stack = Assert.Single(HungThread.Choose(samples, Peer.Library)!);
        Assert.Equal("System.String.Concat", stack[0].Name);

        stack = Assert.Single(HungThread.Choose(samples[..1], Peer.Library)!);
        Assert.Equal("Shmem.Tests.Peer.Dying.Parser.Parse", stack[0].Name);

        Assert.Null(HungThread.Choose([new StackSample { Thread = 3, Frames = ["System.String.Concat"] }], Peer.Library));
    }

    /// <summary>Nothing has stopped it: it answers.</summary>
    private static async Task AssertLivesOn(Process hung, CancellationToken cancel)
    {
        await hung.StandardInput.WriteLineAsync("still there".AsMemory(), cancel);
        await hung.StandardInput.FlushAsync(cancel);
        Assert.Equal("still there", await hung.StandardOutput.ReadLineAsync(cancel));
    }
}

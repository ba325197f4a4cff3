using System.Diagnostics;
using System.Net.Sockets;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class OutputLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_open_is_refused_and_names_the_process()
    {
        using var held = OutputLock.Take(_folder.FullPath);
        var error = Assert.Throws<InputException>(() => OutputLock.Take(_folder.FullPath));
        Assert.Equal($"in use by process {Environment.ProcessId}", error.Why);
    }

    // A socket cannot be opened as a file: that is no word of a holder.
    [Fact]
    public void What_else_keeps_the_lock_from_being_opened_is_told_as_it_is()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder[OutputLock.FileName]));
        Assert.True(File.Exists(_folder[OutputLock.FileName]));
        Assert.DoesNotContain("in use", Assert.Throws<IOException>(() => OutputLock.Take(_folder.FullPath)).Message);
    }

    [Fact]
    public void It_is_free_again_once_disposed()
    {
        OutputLock.Take(_folder.FullPath).Dispose();
        OutputLock.Take(_folder.FullPath).Dispose();
    }

    [Fact]
    public void What_is_removed_by_its_holder_is_free_and_leaves_no_file()
    {
        OutputLock.Take(_folder.FullPath).Remove();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
        using var held = OutputLock.Take(_folder.FullPath);
        Assert.Throws<InputException>(() => OutputLock.Take(_folder.FullPath));
    }

    // Who opens the file just before it is removed, and locks it just after, has a lock on what no path leads to.
    [Fact]
    public async Task However_many_take_and_remove_it_one_has_it_at_a_time()
    {
        var (holders, most, taken) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(TakeMany, TaskCreationOptions.LongRunning)));
        Assert.InRange(taken, 1, int.MaxValue);
        Assert.Equal(1, most);

        void TakeMany()
        {
            for (var i = 0; i < 2000; i++)
            {
                try
                {
                    var held = OutputLock.Take(_folder.FullPath);
                    if (Interlocked.Increment(ref holders) > 1) most = 2;
                    else Interlocked.CompareExchange(ref most, 1, 0);
                    taken++;
                    Thread.Yield();
                    Interlocked.Decrement(ref holders);
                    held.Remove();
                }
                catch (InputException)
                {
                    // Another has it.
                }
            }
        }
    }

    [Fact]
    public async Task Another_process_that_holds_it_is_named_and_its_kill_frees_it()
    {
        Require.That(OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"), "flock(1)");
        // As our lock does it: flock on .lock, the number in .holder.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec 9>.lock; flock -n -x 9 || exit 1; echo $$ > .holder; echo held; read forever"])
        {
            WorkingDirectory = _folder.FullPath,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var holder = Process.Start(start)!;
        var gone = new TaskCompletionSource();
        holder.EnableRaisingEvents = true;
        holder.Exited += (_, _) => gone.TrySetResult();
        try
        {
            Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            var error = Assert.Throws<InputException>(() => OutputLock.Take(_folder.FullPath));
            Assert.Equal($"in use by process {holder.Id}", error.Why);
        }
        finally
        {
            holder.Kill();
        }
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        OutputLock.Take(_folder.FullPath).Dispose();
    }

    [Fact]
    public async Task Our_own_lock_keeps_another_process_out_and_is_not_inherited()
    {
        Require.That(OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"), "flock(1)");
        var held = OutputLock.Take(_folder.FullPath);
        Assert.Equal(1, await TryFlock());
        // This child outlives the holder: with the descriptor inherited it would still hold the lock.
        using var child = Process.Start(new ProcessStartInfo("/bin/cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        held.Dispose();
        try
        {
            Assert.Equal(0, await TryFlock());
        }
        finally
        {
            child.Kill();
        }
    }

    private async Task<int> TryFlock()
    {
        using var process = new Process { StartInfo = new ProcessStartInfo("/usr/bin/flock", ["-n", "-x", _folder[OutputLock.FileName], "true"]) };
        var gone = new TaskCompletionSource<int>();
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => gone.TrySetResult(process.ExitCode);
        process.Start();
        return await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}

using System.Diagnostics;
using System.Globalization;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests;

/// <summary>A running Shmem.Tests.Peer that answers each line with a line. Disposing kills it, with SIGKILL, and waits for its end.</summary>
internal sealed class PeerSession : IAsyncDisposable
{
    /// <summary>Only to end a test that would wait for ever: nothing is measured by it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _errors;

    private PeerSession(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _exited.TrySetResult();
        _process.Start();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The pid that the peer itself sees.</summary>
    public int Pid { get; private set; }

    public int ExitCode => _process.ExitCode;

    /// <summary>The peer's program, built beside the tests.</summary>
    public static string Assembly
    {
        get
        {
            // …/Shmem.Tests/bin/<configuration>/<framework>/
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(Repository.Root, "Shmem.Tests.Peer", "bin", output.Parent!.Name, output.Name, "Shmem.Tests.Peer.dll");
        }
    }

    /// <summary>The peer's program, published beside the tests for a machine without the SDK.</summary>
    private static string Published =>
        Path.Combine(AppContext.BaseDirectory, "peer", OperatingSystem.IsWindows() ? "Shmem.Tests.Peer.exe" : "Shmem.Tests.Peer");

    /// <summary>What starts the peer's program, without arguments.</summary>
    public static string[] Command => File.Exists(Published) ? [Published] : ["dotnet", Assembly];

    public static Task<PeerSession> Start() => Start([]);

    /// <param name="wrapper">A command that starts the command which follows it, such as <c>prlimit --nofile=40</c>.</param>
    /// <param name="prepare">Changes to the start information, such as its environment.</param>
    public static Task<PeerSession> Start(string[] wrapper, Action<ProcessStartInfo>? prepare = null) => Start(wrapper, ["segments"], prepare);

    /// <param name="wrapper">A command that starts the command which follows it; none starts the peer itself.</param>
    /// <param name="verb">What the peer shall do, with its arguments. It says "ready" and its pid first.</param>
    /// <param name="prepare">Changes to the start information, such as its environment.</param>
    public static async Task<PeerSession> Start(string[] wrapper, string[] verb, Action<ProcessStartInfo>? prepare)
    {
        string[] command = [.. wrapper, .. Command, .. verb];
        var start = new ProcessStartInfo(command[0], command[1..]);
        prepare?.Invoke(start);
        var peer = new PeerSession(start);
        try
        {
            var hello = (await peer.ReadLine()).Split(' ');
            Assert.Equal("ready", hello[0]);
            peer.Pid = int.Parse(hello[1]);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a line and returns the answer's words.</summary>
    public async Task<string> Ask(FormattableString line)
    {
        await Tell(line);
        return await ReadLine();
    }

    /// <summary>Asks for a new segment, which fails the test where it is refused.</summary>
    public async Task<ShMemDescription> AskForSegment(FormattableString line)
    {
        var answer = await Ask(line);
        var words = answer.Split(' ');
        Assert.True(words is ["ok", _, _], answer);
        return new ShMemDescription(ShMemId.Parse(words[1]), long.Parse(words[2], CultureInfo.InvariantCulture));
    }

    /// <summary>The answer to what it was told before.</summary>
    public Task<string> Answer() => ReadLine();

    public async Task Tell(FormattableString line)
    {
        await _process.StandardInput.WriteLineAsync(FormattableString.Invariant(line));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Tells it to end in good order.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>What it wrote to stderr.</returns>
    public async Task<string> End()
    {
        await _exited.Task.WaitAsync(Patience);
        return await _errors.WaitAsync(Patience);
    }

    /// <summary>kill -9, and waits until the system says that it is gone.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await End();
    }

    public async ValueTask DisposeAsync()
    {
        // On Windows no peer is started through another program; there the tree means asking each process for its start, of which Wine now and then makes nonsense.
        if (!_exited.Task.IsCompleted) _process.Kill(entireProcessTree: !OperatingSystem.IsWindows());
        await _exited.Task.WaitAsync(Patience);
        _process.Dispose();
    }

    private async Task<string> ReadLine() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
        ?? throw new InvalidOperationException($"the peer ended: {await _errors}");
}

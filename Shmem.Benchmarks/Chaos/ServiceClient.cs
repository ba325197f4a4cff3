using System.Threading.Channels;

namespace Shmem.Benchmarks.Chaos;

/// <summary>An honest client of the service, a process of its own.</summary>
internal sealed class ServiceClient : IDisposable
{
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly ChildProcess _process;

    /// <param name="folder">Where it works.</param>
    /// <param name="life">Which of the services, counted, it got its segments from.</param>
    public ServiceClient(ChaosFolder folder, int life)
    {
        Life = life;
        _process = new ChildProcess(folder.StartOwn("chaos-client"), line => _answers.Writer.TryWrite(line));
    }

    public int Life { get; }

    /// <summary>Waits for its next word.</summary>
    /// <exception cref="InvalidOperationException">It is another one, or none comes: the service let an honest client down.</exception>
    public async Task ExpectAsync(string word, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        string answer;
        try
        {
            answer = await _answers.Reader.ReadAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            answer = _process.HasEnded ? $"its end with {_process.ExitCode}: {_process.Error}" : "nothing";
        }

        if (answer != word) throw new InvalidOperationException($"an honest client of the service said, instead of '{word}': {answer}");
    }

    /// <summary>Uses what it holds, and has something made.</summary>
    public Task UseAsync(TimeSpan patience)
    {
        _process.Say("use");
        return ExpectAsync("ok", patience);
    }

    public async Task KillAsync(TimeSpan patience)
    {
        _process.Signal(SignalNumber.Kill);
        await _process.EndAsync(patience).ConfigureAwait(false);
    }

    public async Task StopAsync(TimeSpan patience)
    {
        _process.EndInput();
        await _process.EndAsync(patience).ConfigureAwait(false);
    }

    public void Dispose() => _process.Dispose();
}

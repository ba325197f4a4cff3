using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Ctrl-C, SIGTERM and SIGHUP, which a terminal sends that is closed: the first one asks the command to end and save everything; the second is the system's default and ends the
/// process at once, so that shells see 130 (128 + SIGINT). Workers see their pipe end then.</summary>
internal sealed class StopSignals : IDisposable
{
    private const string ShowCursorOnMainScreen = "\e[?1049l\e[?25h";

    private readonly CancellationTokenSource _stop = new();
    private PosixSignalRegistration[] _registrations = [];

    /// <summary>Takes the signals over, once; the token is cancelled by the first of them.</summary>
    public CancellationToken Listen()
    {
        if (_registrations.Length == 0)
            _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        return _stop.Token;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (!_stop.IsCancellationRequested)
        {
            context.Cancel = true;
            _stop.Cancel();
            return;
        }
        // Nobody else will restore the terminal now.
        if (!Console.IsOutputRedirected)
            Console.Out.Write(ShowCursorOnMainScreen);
    }
}

using System.Diagnostics;
using Xunit;

namespace Shmem.Tests;

/// <summary>Runs other programs than ours, each to its end.</summary>
internal static class Tool
{
    /// <summary>Only to end a test that would wait for ever: nothing is measured by it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <returns>What it wrote to stdout. An exit code other than 0 fails the test with what it wrote to stderr.</returns>
    public static async Task<string> Run(string program, params string[] arguments)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
            EnableRaisingEvents = true,
        };
        process.Exited += (_, _) => exited.TrySetResult();
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await exited.Task.WaitAsync(Limit);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await error}");
        return await output;
    }

    /// <summary>kill -9, and waits until the system says that it is gone.</summary>
    public static async Task Kill(Process process)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exited.TrySetResult();
        process.EnableRaisingEvents = true;
        process.Kill();
        await exited.Task.WaitAsync(Limit);
    }
}

using System.Text;
using Shmem.Sample.Fuzzer.Engine;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The last words of a process that an expected exception ends, on a thread where nobody catches it. The runtime prints the exception's type, and only in here is
/// it known from what that derives.
/// </summary>
internal static class ExpectedWords
{
    /// <summary>The line before the runtime's own words.</summary>
    public const string Marker = "Exception named by --expect.";

    /// <summary>From now on they are said. For processes that run targets.</summary>
    public static void Listen(IReadOnlyList<string> expect)
    {
        if (expect.Count == 0) return;
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            // A set of its own: the fuzzing thread asks its own at the same time.
            if (unhandled.ExceptionObject is Exception exception && new ExpectedExceptions(expect).Contains(exception)) Say();
        };
    }

    private static void Say()
    {
        using var stderr = Console.OpenStandardError();
        stderr.Write(Encoding.UTF8.GetBytes($"\n{Marker}\n"));
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Shmem.Backends;
using Shmem.Tests.Aot;

// A second process of itself, for the checks that take two.
if (args is ["second"])
{
    using var map = new StdShMemProvider().OpenFromEnvironment("SHMEM_TEST_MAP");
    "hello"u8.CopyTo(map.Span);
    return 0;
}

var checks = new Checks();
checks.Run("no code is made at run time, or the program is only trimmed", () =>
    Check.That(!RuntimeFeature.IsDynamicCodeSupported || args is ["trimmed"]));
foreach (var scheme in OperatingSystem.IsLinux() ? (string[])["memfd", "posix", "sysv", "heap"] : ["heap"])
{
    checks.Run($"{scheme}: create, open, read only, refuse", () => Segments.Share(scheme));
    checks.Run($"{scheme}: prefault and stream", () => Segments.Prefault(scheme));
}

if (OperatingSystem.IsLinux())
{
    checks.Run("memfd: published once", Segments.PublishOnce);
    checks.Run("two processes", () => TwoProcesses("memfd"));
    checks.Run("two processes by POSIX", () => TwoProcesses("posix"));
    checks.Run("two processes by System V", () => TwoProcesses("sysv"));
    checks.Run("leaked names", Segments.FindLeaked);
}

checks.Run("heap: guards", Segments.Guards);
checks.Run("ids and descriptions", Segments.Describe);
checks.Run("coverage board and corpus log", Structures.Claim);
checks.Run("process memory and checkpoint", Structures.Remember);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{checks.Passed} passed, {checks.Failed} failed"));
return checks.Failed == 0 ? 0 : 1;

static void TwoProcesses(string scheme)
{
    using var map = new StdShMemProvider(scheme).Create(100);
    var start = new ProcessStartInfo(Environment.ProcessPath!, "second") { RedirectStandardOutput = true };
    ShMemEnvironment.Write(map, start, "SHMEM_TEST_MAP");
    using var second = Process.Start(start)!;
    second.StandardOutput.ReadToEnd();
    Check.That(map.Slice(0, 5).SequenceEqual("hello"u8));
}

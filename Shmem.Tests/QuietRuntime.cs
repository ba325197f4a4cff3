using System.Runtime.CompilerServices;

namespace Shmem.Tests;

/// <summary>
/// Each .NET process has sockets for debuggers in the temporary folder, and one that is killed leaves them: a run of all tests would leave hundreds. So the processes that
/// tests start have none, but for the fuzzer, which has to see to that itself. And nearly all of them live for seconds, in which what the just-in-time compiler
/// measures for a second, better translation only costs time: they do without.
/// </summary>
internal static class QuietRuntime
{
    public const string Variable = "DOTNET_EnableDiagnostics";

    [ModuleInitializer]
#pragma warning disable RS0030 // Native code need not see it: processes are started by .NET, which hands on what .NET sees.
    internal static void Set()
    {
        Environment.SetEnvironmentVariable(Variable, "0");
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
    }
#pragma warning restore RS0030
}

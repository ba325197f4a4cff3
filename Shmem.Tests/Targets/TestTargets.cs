using System.Reflection;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;
using Shmem.Tests.Instrumentation;

namespace Shmem.Tests.Targets;

/// <summary>Where the assemblies lie that tests fuzz, and one instrumented set of them.</summary>
internal static class TestTargets
{
    private static readonly Lazy<string> Scratch = new(() => Directory.CreateTempSubdirectory("shmem-tests-").FullName);

    static TestTargets() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        if (Scratch.IsValueCreated)
            Directory.Delete(Scratch.Value, recursive: true);
    };

    public static string Folder { get; } =
        AppContext.BaseDirectory.Replace($"{Path.DirectorySeparatorChar}Shmem.Tests{Path.DirectorySeparatorChar}", $"{Path.DirectorySeparatorChar}Shmem.Tests.Targets{Path.DirectorySeparatorChar}");

    public static string Odd { get; } = Path.Combine(Folder, "Shmem.Tests.Targets.dll");

    /// <summary>The framework's, which is ReadyToRun code.</summary>
    public static string SystemTextJson { get; } = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "System.Text.Json.dll");

    public static string Beside(string name) => Path.Combine(Folder, name + ".dll");

    public static IReadOnlyList<string> All { get; } =
        [Odd, Beside("Newtonsoft.Json"), Beside("dnlib"), Beside("Google.Protobuf"), SystemTextJson];

    private static readonly Lazy<InstrumentedSet> LazySet = new(() =>
    {
        _ = CoverageMap.Counters.Length;
        return NewCache().Instrument(All);
    });

    private static readonly Lazy<TargetLoadContext> LazyContext = new(() => new TargetLoadContext(Odd, Set));

    public static InstrumentedSet Set => LazySet.Value;

    public static TargetLoadContext Context => LazyContext.Value;

    public static InstrumentationCache NewCache() => InstrumentationCache.Open(NewFolder());

    public static string NewFolder()
    {
        var folder = Path.Combine(Scratch.Value, Guid.NewGuid().ToString("n"));
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder).FullName
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    public static TargetSpec Spec(string method, params string[] globs) => TargetSpec.Parse(Odd, "Shmem.Tests.Targets." + method, globs);

    public static TargetInvoker Load(string method) => TargetInvoker.Load(Spec(method), Set);

    /// <summary>The original, in the load context of its own that keeps it apart from the copy.</summary>
    public static Assembly Original { get; } = new System.Runtime.Loader.AssemblyLoadContext("original").LoadFromAssemblyPath(Odd);
}

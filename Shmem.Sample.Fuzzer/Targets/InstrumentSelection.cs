using System.IO.Enumeration;
using System.Reflection;
using dnlib.DotNet;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Instrumentation;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// Decides which assemblies are instrumented: the target's and all that it needs and brings, or of these the ones that
/// <c>--instrument</c> names; a whole name may also be one of the framework's.
/// </summary>
internal static class InstrumentSelection
{
    /// <exception cref="InputException">A direct dependency is missing, one is damaged, or a glob matches nothing.</exception>
    public static IReadOnlyList<string> Choose(TargetSpec spec, ModuleDefMD target)
    {
        var own = Closure(spec, target);
        if (spec.InstrumentGlobs.Count == 0)
            return [.. own.Values];

        var chosen = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var glob in spec.InstrumentGlobs)
        {
            var matches = own.Where(pair => FileSystemName.MatchesSimpleExpression(glob, pair.Key)).ToList();
            if (matches.Count == 0)
                matches.Add(new(glob, FrameworkAssembly(glob, own.Keys)));
            foreach (var (name, path) in matches)
                chosen[name] = path;
        }

        return [.. chosen.Values];
    }

    private static string FrameworkAssembly(string name, IEnumerable<string> own)
    {
        if (name.Equals("System.Private.CoreLib", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"--instrument {name}", "the runtime allows only one", "Name another assembly.");
        return SharedFramework.Find(name) ?? OtherFrameworks.Find(name, null)
            ?? throw new InputException($"--instrument {name}", "it matches nothing", $"There are {string.Join(", ", own)}; one of the framework must be named in full.");
    }

    /// <summary>The target and its dependencies' dependencies, by simple name.</summary>
    private static SortedDictionary<string, string> Closure(TargetSpec spec, ModuleDefMD target)
    {
        var dependencies = new TargetDependencies(spec.AssemblyPath);
        var found = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase) { [target.Assembly.Name] = spec.AssemblyPath };
        var open = new Queue<string>();
        foreach (var reference in Needed(target))
        {
            if (dependencies.Find(reference) is { } path)
                Add(reference, path);
            else if (OtherFrameworks.Find(reference.Name!, reference.Version) is null)
                throw new InputException(spec.AssemblyPath, $"it needs {reference.Name} {reference.Version}, which is neither beside it nor in a shared framework that is installed here",
                    "Publish it (dotnet publish), copy that assembly there, or install its shared framework.");
        }

        while (open.TryDequeue(out var next))
        {
            using var module = ReadableAssembly.Open(next, $"{target.Assembly.Name} needs it: publish that again (dotnet publish), or copy a sound one there.");
            // What is missing further down may never be used.
            foreach (var reference in Needed(module))
            {
                if (dependencies.Find(reference) is { } path)
                    Add(reference, path);
            }
        }

        return found;

        void Add(AssemblyName reference, string path)
        {
            if (found.TryAdd(reference.Name!, path))
                open.Enqueue(path);
        }
    }

    private static IEnumerable<AssemblyName> Needed(ModuleDefMD module) => module.GetAssemblyRefs()
        .Select(reference => new AssemblyName(reference.FullName))
        .Where(name => name.Name != typeof(Trace).Assembly.GetName().Name && !SharedFramework.Provides(name.Name!, name.Version));
}

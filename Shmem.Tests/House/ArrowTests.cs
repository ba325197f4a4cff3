using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>Which project may know which: Sample.Fuzzer → Actors → Backends.</summary>
public sealed class ArrowTests
{
    private const string Backends = "Shmem.Backends";
    private const string Actors = "Shmem.Actors";
    private const string Fuzzer = "shmem-fuzz";

    private static readonly string[] OfTheToolAlone =
        ["dnlib", "Spectre.Console", "System.CommandLine", "Microsoft.Diagnostics.Runtime", "Serilog", "Serilog.Extensions.Logging", "Serilog.Sinks.File"];

    [Fact]
    public void Backends_know_the_BCL_and_nothing_else()
    {
        var bcl = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.All(References(Backends), name => Assert.True(File.Exists(Path.Combine(bcl, name + ".dll")), $"{Backends} references {name}"));
    }

    [Fact]
    public void Actors_know_Backends_and_not_the_tool()
    {
        Assert.DoesNotContain(Fuzzer, References(Actors));
        Assert.Empty(References(Actors).Intersect(OfTheToolAlone));
    }

    [Fact]
    public void Actors_show_nobody_the_libraries_of_the_tool()
    {
        var shown = Assembly.Load(Actors).GetExportedTypes().SelectMany(Shown).SelectMany(Parts).Select(t => t.Assembly.GetName().Name!).Distinct();
        Assert.Empty(shown.Intersect(OfTheToolAlone.Append(Fuzzer)));
    }

    [Theory]
    [InlineData(Backends, new[] { Actors, "Shmem.Tests", "Shmem.Tests.Peer", "Shmem.Benchmarks" })]
    [InlineData(Actors, new[] { "Shmem.Tests", "Shmem.Tests.Peer", "Shmem.Benchmarks" })]
    public void The_tool_uses_what_everybody_can(string library, string[] friends)
    {
        var named = Assembly.Load(library).GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName).ToList();
        Assert.Contains("Shmem.Tests", named);
        Assert.Empty(named.Except(friends));
    }

    private static string[] References(string assembly) => [.. Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!)];

    private static IEnumerable<Type> Shown(Type type)
    {
        yield return type;
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (var i in type.GetInterfaces()) yield return i;
        foreach (var member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            switch (member)
            {
                case FieldInfo { IsPublic: true } or FieldInfo { IsFamily: true }:
                    yield return ((FieldInfo)member).FieldType;
                    break;
                case MethodBase { IsPublic: true } or MethodBase { IsFamily: true }:
                    foreach (var parameter in ((MethodBase)member).GetParameters()) yield return parameter.ParameterType;
                    if (member is MethodInfo method) yield return method.ReturnType;
                    break;
            }
        }
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Parts).Prepend(type);
}

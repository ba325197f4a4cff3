using System.Reflection;
using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using Shmem.Tests.Targets;
using Xunit;

namespace Shmem.Tests.Instrumentation;

[Collection("coverage map")]
public class InstrumentedCodeTests
{
    private static readonly Assembly Copy = TestTargets.Context.LoadTarget();
    private static readonly (Func<byte[], string> Original, Func<byte[], string> Instrumented)[] Shapes = FindShapes();

    private static (Func<byte[], string>, Func<byte[], string>)[] FindShapes() =>
    [
        .. TestTargets.Original.GetType("Shmem.Tests.Targets.OddShapes")!.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType == typeof(string))
            .Select(method => (method.CreateDelegate<Func<byte[], string>>(),
                Copy.GetType("Shmem.Tests.Targets.OddShapes")!.GetMethod(method.Name)!.CreateDelegate<Func<byte[], string>>())),
    ];

    [Property(MaxTest = 500)]
    public void It_computes_what_the_original_computes(byte[] data)
    {
        Assert.Equal(10, Shapes.Length);
        foreach (var (original, instrumented) in Shapes)
            Assert.Equal(Outcome(original, data), Outcome(instrumented, data));
    }

    [Theory]
    [InlineData("Shmem.Tests.Targets")]
    [InlineData("Newtonsoft.Json")]
    [InlineData("dnlib")]
    [InlineData("Google.Protobuf")]
    [InlineData("System.Text.Json")]
    public void The_runtime_compiles_every_method(string name)
    {
        var assembly = TestTargets.Context.LoadFromAssemblyName(new AssemblyName(name));
        Assert.Equal(TestTargets.Set.Find(name)!.Path, assembly.Location);
        var compiled = 0;
        foreach (var method in assembly.GetTypes().Where(type => !type.ContainsGenericParameters).SelectMany(Methods))
        {
            if (method.ContainsGenericParameters || method.IsAbstract || method.GetMethodBody() is null)
                continue;
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
            compiled++;
        }

        Assert.InRange(compiled, 50, int.MaxValue);
    }

    [Fact]
    public void The_same_edges_are_taken_by_the_same_run_and_others_by_another_branch()
    {
        var loop = Copy.GetType("Shmem.Tests.Targets.OddShapes")!.GetMethod("Loop")!.CreateDelegate<Func<byte[], int>>();
        var never = CoverageMap.EdgesOf(() => loop([0, 0]));
        Assert.Equal(never, CoverageMap.EdgesOf(() => loop([0, 0])));
        var taken = CoverageMap.EdgesOf(() => loop([1, 1]));
        Assert.NotEqual(never.Keys.Order(), taken.Keys.Order());
        // How often each is taken is told too.
        Assert.Equal(never.Keys.Order(), CoverageMap.EdgesOf(() => loop([0, 0, 0])).Keys.Order());
        Assert.NotEqual(never, CoverageMap.EdgesOf(() => loop([0, 0, 0])));
    }

    [Fact]
    public void An_edge_is_in_the_method_that_took_it()
    {
        var method = Copy.GetType("Shmem.Tests.Targets.OddShapes")!.GetMethod("Loop")!;
        var loop = method.CreateDelegate<Func<byte[], int>>();
        foreach (var edge in CoverageMap.EdgesOf(() => loop([1, 2])).Keys)
            Assert.Equal(("Shmem.Tests.Targets", (uint)method.MetadataToken), (TestTargets.Set.Locate(edge).Assembly.Name, TestTargets.Set.Locate(edge).MethodToken));
    }

    [Fact]
    public void A_stack_trace_shows_the_lines_of_the_source()
    {
        var throws = Copy.GetType("Shmem.Tests.Targets.Harness")!.GetMethod("Throws")!.CreateDelegate<Action<byte[]>>();
        var e = Assert.Throws<InvalidDataException>(() => throws([]));
        Assert.Matches(@"Harness\.cs:line [0-9]+", e.StackTrace);
    }

    [Fact]
    public void Libraries_work()
    {
        var reader = TestTargets.Load("Harness.Json");
        var proto = TestTargets.Load("Harness.Proto");
        var edges = CoverageMap.EdgesOf(() => reader.Run("{\"a\":[1,2.5,null,\"x\"]}"u8));
        Assert.InRange(edges.Count, 100, int.MaxValue);
        Assert.NotEmpty(CoverageMap.EdgesOf(() => proto.Run([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x12, 0x00])));
        var json = TestTargets.Context.LoadFromAssemblyName(new AssemblyName("System.Text.Json"));
        var parse = json.GetType("System.Text.Json.Nodes.JsonNode")!.GetMethods().First(method => method.Name == "Parse" && method.GetParameters()[0].ParameterType == typeof(string));
        Assert.NotEmpty(CoverageMap.EdgesOf(() => Assert.Equal("[1,{\"a\":null}]", parse.Invoke(null, ["[1, {\"a\":null}]", null, Activator.CreateInstance(parse.GetParameters()[2].ParameterType)])!.ToString()!.ReplaceLineEndings("").Replace(" ", ""))));
    }

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        return [.. type.GetMethods(All), .. type.GetConstructors(All)];
    }

    private static string Outcome(Func<byte[], string> run, byte[] data)
    {
        try
        {
            return run([.. data]);
        }
        catch (Exception e)
        {
            return e.GetType().FullName + e.Message;
        }
    }
}

using System.Runtime.Loader;
using dnlib.DotNet;
using dnlib.DotNet.Emit;
using Shmem.Tests.Targets;
using Xunit;

namespace Shmem.Tests.Instrumentation;

/// <summary>Control flow written by hand, as no C# compiler writes it: which counters there are, and that the code stays what it was.</summary>
[Collection("coverage map")]
public class EdgeTests
{
    [Fact]
    public void An_if_without_else_has_an_edge_for_each_way()
    {
        var join = OpCodes.Ldarg_0.ToInstruction();
        var f = Compile(_ => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Brfalse.ToInstruction(join), OpCodes.Nop.ToInstruction(), join, OpCodes.Ret.ToInstruction()]);
        Assert.Equal((0, "0 2"), Run(f, 0));
        Assert.Equal((5, "0 1"), Run(f, 5));
    }

    [Fact]
    public void A_way_on_from_a_block_that_may_throw_is_an_edge_of_its_own()
    {
        var join = OpCodes.Ret.ToInstruction();
        // x == 0 ? 0 : 8 / (x - 1)
        var f = Compile(_ => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Dup.ToInstruction(), OpCodes.Brfalse.ToInstruction(join),
            OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Sub.ToInstruction(), OpCodes.Stloc_0.ToInstruction(), OpCodes.Ldc_I4_8.ToInstruction(),
            OpCodes.Ldloc_0.ToInstruction(), OpCodes.Div.ToInstruction(), join]);
        Assert.Equal((0, "0 2"), Run(f, 0));
        Assert.Equal((4, "0 1 3"), Run(f, 3));
        Assert.Equal("0 1", EdgesOf(() => Assert.Throws<DivideByZeroException>(() => f(1))));
    }

    [Fact]
    public void Cases_of_a_switch_that_go_to_one_place_are_one_edge()
    {
        var same = OpCodes.Ldc_I4_7.ToInstruction();
        var other = OpCodes.Ldc_I4_2.ToInstruction();
        var f = Compile(_ => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Switch.ToInstruction([same, other, same]), same, OpCodes.Ret.ToInstruction(), other, OpCodes.Ret.ToInstruction()]);
        Assert.Equal((7, "0 1"), Run(f, 0));
        Assert.Equal((2, "0 2"), Run(f, 1));
        Assert.Equal((7, "0 1"), Run(f, 2));
        Assert.Equal((7, "0 1"), Run(f, 3));
    }

    [Fact]
    public void A_value_on_the_stack_is_kept_over_a_split_edge()
    {
        var join = OpCodes.Add.ToInstruction();
        var f = Compile(_ => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldc_I4_3.ToInstruction(), OpCodes.Ldarg_0.ToInstruction(),
            OpCodes.Brtrue.ToInstruction(join), OpCodes.Ldc_I4_4.ToInstruction(), OpCodes.Add.ToInstruction(), join, OpCodes.Ret.ToInstruction()]);
        Assert.Equal((7, "0 1"), Run(f, 0));
        Assert.Equal((4, "0 2"), Run(f, 1));
    }

    [Fact]
    public void A_loop_back_to_the_start_of_a_try_stays_legal()
    {
        // do { try { n++; } finally { n++; } } while (--x > 0); return n;
        var start = OpCodes.Ldloc_0.ToInstruction();
        var handler = OpCodes.Ldloc_0.ToInstruction();
        var after = OpCodes.Ldarg_0.ToInstruction();
        var f = Compile(body =>
        {
            body.ExceptionHandlers.Add(new ExceptionHandler(ExceptionHandlerType.Finally) { TryStart = start, TryEnd = handler, HandlerStart = handler, HandlerEnd = after });
            return [start, OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Add.ToInstruction(), OpCodes.Stloc_0.ToInstruction(), OpCodes.Leave.ToInstruction(after),
                handler, OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Add.ToInstruction(), OpCodes.Stloc_0.ToInstruction(), OpCodes.Endfinally.ToInstruction(),
                after, OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Sub.ToInstruction(), OpCodes.Dup.ToInstruction(), OpCodes.Starg.ToInstruction(body.Argument),
                OpCodes.Ldc_I4_0.ToInstruction(), OpCodes.Bgt.ToInstruction(start), OpCodes.Ldloc_0.ToInstruction(), OpCodes.Ret.ToInstruction()];
        });
        Assert.Equal(2, f(1));
        Assert.Equal(6, f(3));
        Assert.NotEqual(Run(f, 1).Edges, Run(f, 2).Edges);
        Assert.Equal(Run(f, 2).Edges, Run(f, 3).Edges);
    }

    [Fact]
    public void A_handler_may_loop_to_its_own_start()
    {
        // try { } finally { do n++; while (--x > 0); } return n;
        var start = OpCodes.Nop.ToInstruction();
        var handler = OpCodes.Ldloc_0.ToInstruction();
        var after = OpCodes.Ldloc_0.ToInstruction();
        var f = Compile(body =>
        {
            body.ExceptionHandlers.Add(new ExceptionHandler(ExceptionHandlerType.Finally) { TryStart = start, TryEnd = handler, HandlerStart = handler, HandlerEnd = after });
            return [start, OpCodes.Leave.ToInstruction(after),
                handler, OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Add.ToInstruction(), OpCodes.Stloc_0.ToInstruction(),
                OpCodes.Ldarg_0.ToInstruction(), OpCodes.Ldc_I4_1.ToInstruction(), OpCodes.Sub.ToInstruction(), OpCodes.Dup.ToInstruction(),
                OpCodes.Starg.ToInstruction(body.Argument), OpCodes.Ldc_I4_0.ToInstruction(), OpCodes.Bgt.ToInstruction(handler), OpCodes.Endfinally.ToInstruction(),
                after, OpCodes.Ret.ToInstruction()];
        });
        Assert.Equal(1, f(0));
        Assert.Equal(4, f(4));
        Assert.NotEqual(Run(f, 1).Edges, Run(f, 2).Edges);
    }

    [Fact]
    public void A_tail_call_stays_one()
    {
        // Too deep for the stack, unless the call is a tail call: return x == 0 ? 0 : F(x - 1), its ret shared by both ways.
        var ret = OpCodes.Ret.ToInstruction();
        var f = Compile(body => [OpCodes.Ldarg_0.ToInstruction(), OpCodes.Dup.ToInstruction(), OpCodes.Brfalse.ToInstruction(ret), OpCodes.Ldc_I4_1.ToInstruction(),
            OpCodes.Sub.ToInstruction(), OpCodes.Tailcall.ToInstruction(), OpCodes.Call.ToInstruction(body.Owner), ret]);
        Assert.Equal((0, "0 1 2"), Run(f, 3_000_000));
    }

    /// <summary>What a published file's edges are called is the same on every machine; who changes it raises the pass's version, and this.</summary>
    [Fact]
    public void The_edges_of_a_published_library_are_what_they_were()
    {
        var set = TestTargets.NewCache().Instrument([TestTargets.Beside("Newtonsoft.Json")], TestContext.Current.CancellationToken);
        var numbering = string.Concat(set.Assemblies[0].Methods.Select(method => $"{method.Token:x8}={method.FirstEdge};"));
        Assert.Equal(GoldenEdgeCount, set.EdgeCount);
        Assert.Equal(GoldenIdentity, Convert.ToHexStringLower(set.Identity.Span));
        Assert.Equal(GoldenNumbering, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(numbering))));
    }

    private const int GoldenEdgeCount = 21094;
    private const string GoldenIdentity = "143dd659c3793950180d5bcb87eba099a5d0bb4877b0293ba76f79147bd5f87e";
    private const string GoldenNumbering = "8667d6f14c70a67a360f3834fb1e9c669c65a327010e4eefaf8c481103dcdced";

    private static (int Result, string Edges) Run(Func<int, int> f, int argument)
    {
        var result = 0;
        var edges = EdgesOf(() => result = f(argument));
        return (result, edges);
    }

    private static string EdgesOf(Action run) => string.Join(' ', CoverageMap.EdgesOf(run).Keys.Order());

    private static Func<int, int> Compile(Func<HandWritten, Instruction[]> write)
    {
        var module = new ModuleDefUser("Hand.dll", Guid.NewGuid(), new AssemblyRefUser("System.Runtime", new Version(10, 0, 0, 0), new PublicKeyToken("b03f5f7f11d50a3a"))) { Kind = ModuleKind.Dll };
        new AssemblyDefUser("Hand").Modules.Add(module);
        var type = new TypeDefUser("", "Hand", module.CorLibTypes.Object.TypeDefOrRef) { Attributes = dnlib.DotNet.TypeAttributes.Public };
        module.Types.Add(type);
        var method = new MethodDefUser("F", MethodSig.CreateStatic(module.CorLibTypes.Int32, module.CorLibTypes.Int32), dnlib.DotNet.MethodAttributes.Public | dnlib.DotNet.MethodAttributes.Static);
        type.Methods.Add(method);
        method.Body = new CilBody { InitLocals = true };
        method.Body.Variables.Add(new Local(module.CorLibTypes.Int32));
        foreach (var instruction in write(new HandWritten(method)))
            method.Body.Instructions.Add(instruction);

        var path = Path.Combine(TestTargets.NewFolder(), "Hand.dll");
        module.Write(path);
        var set = TestTargets.NewCache().Instrument([path], TestContext.Current.CancellationToken);
        // Whichever test comes first, the map is there before instrumented code runs.
        CoverageMap.Counters.Clear();
        return new AssemblyLoadContext("hand").LoadFromAssemblyPath(set.Assemblies[0].Path).GetType("Hand")!.GetMethod("F")!.CreateDelegate<Func<int, int>>();
    }

    private sealed class HandWritten(MethodDef owner)
    {
        public MethodDef Owner { get; } = owner;

        public IList<ExceptionHandler> ExceptionHandlers => Owner.Body.ExceptionHandlers;

        public Parameter Argument => Owner.Parameters[0];
    }
}

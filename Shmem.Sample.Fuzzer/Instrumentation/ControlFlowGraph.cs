using dnlib.DotNet.Emit;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>The basic blocks of one method body and the edges between them.</summary>
internal sealed class ControlFlowGraph
{
    private readonly Dictionary<Instruction, BasicBlock> _blockAt = new(ReferenceEqualityComparer.Instance);

    public ControlFlowGraph(CilBody body)
    {
        var leaders = Leaders(body);
        var instructions = body.Instructions;
        for (int start = 0, i = 1; i <= instructions.Count; i++)
        {
            if (i < instructions.Count && !leaders.Contains(instructions[i]))
                continue;
            var block = new BasicBlock(Blocks.Count, start, i, instructions[start], instructions[i - 1]);
            for (var j = start; j < i && !block.MayThrow; j++)
                block.MayThrow = MayThrow(instructions[j].OpCode.Code);
            Blocks.Add(block);
            _blockAt.Add(block.First, block);
            start = i;
        }

        foreach (var block in Blocks)
            Connect(block);

        Blocks[0].IsEntered = true;
        foreach (var handler in body.ExceptionHandlers)
        {
            BlockAt(handler.HandlerStart).IsEntered = true;
            if (handler.FilterStart is not null)
                BlockAt(handler.FilterStart).IsEntered = true;
        }
    }

    /// <summary>The blocks, in IL order.</summary>
    public List<BasicBlock> Blocks { get; } = [];

    /// <summary>The block that begins with an instruction that is a jump's target or a handler's start.</summary>
    public BasicBlock BlockAt(Instruction first) => _blockAt[first];

    /// <summary>The block that begins with an instruction; null where none does.</summary>
    public BasicBlock? TryBlockAt(Instruction? first) => first is null ? null : _blockAt.GetValueOrDefault(first);

    private static HashSet<Instruction> Leaders(CilBody body)
    {
        var leaders = new HashSet<Instruction>(ReferenceEqualityComparer.Instance);
        var instructions = body.Instructions;
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var target in Targets(instructions[i]))
                leaders.Add(target);
            if (EndsBlock(instructions[i]) && i + 1 < instructions.Count)
                leaders.Add(instructions[i + 1]);
        }

        // Where a region ends, a block ends: only dead code makes that say anything new.
        foreach (var handler in body.ExceptionHandlers)
        {
            foreach (var border in new[] { handler.TryEnd, handler.FilterStart, handler.HandlerStart, handler.HandlerEnd })
            {
                if (border is not null)
                    leaders.Add(border);
            }
        }

        return leaders;
    }

    private void Connect(BasicBlock block)
    {
        block.FallsThrough = block.Last.OpCode.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw)
            && block.Last.OpCode.Code != Code.Jmp && block.Index + 1 < Blocks.Count;
        if (block.FallsThrough)
            Link(block, Blocks[block.Index + 1]);
        foreach (var target in Targets(block.Last))
            Link(block, BlockAt(target));
    }

    private static void Link(BasicBlock from, BasicBlock to)
    {
        if (from.Successors.Contains(to))
            return;
        from.Successors.Add(to);
        to.Predecessors.Add(from);
    }

    private static IEnumerable<Instruction> Targets(Instruction instruction) => instruction.Operand switch
    {
        Instruction target => [target],
        IList<Instruction> targets => targets,
        _ => [],
    };

    private static bool EndsBlock(Instruction instruction) => instruction.OpCode.Code == Code.Jmp
        || instruction.OpCode.FlowControl is FlowControl.Branch or FlowControl.Cond_Branch or FlowControl.Return or FlowControl.Throw;

    // A null field access is left out on purpose: it is as good as always a finding, which ends the run, and counting it as a way
    // out of a block would cost a counter in every second block.
    private static bool MayThrow(Code code) => code switch
    {
        >= Code.Ldarg_0 and <= Code.Dup => false,
        Code.Pop or Code.Br or Code.Leave or Code.Switch => false,
        >= Code.Br_S and <= Code.Blt_Un => false,
        >= Code.Add and <= Code.Mul => false,
        >= Code.And and <= Code.Conv_U8 => false,
        >= Code.Ldarg and <= Code.Stloc => false,
        >= Code.Ceq and <= Code.Clt_Un => false,
        Code.Conv_R_Un or Code.Conv_U2 or Code.Conv_U1 or Code.Conv_I or Code.Conv_U => false,
        Code.Ldfld or Code.Ldflda or Code.Stfld => false,
        Code.Nop or Code.Break or Code.Initobj or Code.Ldtoken or Code.Ldftn or Code.Sizeof or Code.Ldstr => false,
        Code.Constrained or Code.Readonly or Code.Tailcall or Code.Unaligned or Code.Volatile or Code.No => false,
        _ => true,
    };
}

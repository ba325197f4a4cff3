using dnlib.DotNet;
using dnlib.DotNet.Emit;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// Puts a counter on the edges of one method's control flow. Every counter is exactly one edge:
/// the only edge into a block is counted at the block's start; of several, each is counted where it alone passes: before the jump if
/// the jump is its block's only way on, else in a block of its own that splits the edge. An edge is left uncounted where it is
/// taken exactly as often as edges counted before it: out of a block that goes on to one place and cannot throw.
/// </summary>
internal sealed class MethodInstrumenter
{
    private readonly CilBody _body;
    private readonly IField _map;
    private readonly ControlFlowGraph _graph;
    private readonly List<ProtectedRegion> _regions;

    // Where the new instructions go, by block index, and the split edges that stand at the end of a region instead.
    private readonly List<Instruction>?[] _before;
    private readonly List<Instruction>?[] _beforeJump;
    private readonly List<(ProtectedRegion? Region, List<Instruction> Code)> _tails = [];
    private readonly Dictionary<(BasicBlock From, BasicBlock To), Instruction> _splits = [];

    private int _nextEdge;

    private MethodInstrumenter(CilBody body, IField map, int firstEdge)
    {
        _body = body;
        _map = map;
        _nextEdge = firstEdge;
        _graph = new ControlFlowGraph(body);
        _regions = ProtectedRegion.Of(body);
        _before = new List<Instruction>?[_graph.Blocks.Count];
        _beforeJump = new List<Instruction>?[_graph.Blocks.Count];
    }

    /// <summary>Instruments a body in place.</summary>
    /// <param name="body">A body with at least one instruction.</param>
    /// <param name="map">The field <see cref="Trace.Map"/> as the body's module refers to it.</param>
    /// <param name="firstEdge">The number of the body's first edge.</param>
    /// <returns>The number after the body's last edge.</returns>
    public static int Instrument(CilBody body, IField map, int firstEdge)
    {
        body.SimplifyBranches();
        KeepTailCallsWhole(body);
        var pass = new MethodInstrumenter(body, map, firstEdge);
        foreach (var block in pass._graph.Blocks)
            pass.CountEdgesInto(block);
        pass.Retarget();
        pass.Assemble();
        // The writer's own calculation refuses code that the runtime accepts. A counter needs two or three places above the rest.
        body.KeepOldMaxStack = true;
        body.MaxStack = (ushort)Math.Min(ushort.MaxValue, body.MaxStack + 3);
        body.OptimizeBranches();
        return pass._nextEdge;
    }

    /// <summary>A <c>tail.</c> call must stand right before a <c>ret</c>: where that one is also jumped to, the call gets one of its own.</summary>
    private static void KeepTailCallsWhole(CilBody body)
    {
        for (var i = 0; i < body.Instructions.Count; i++)
        {
            if (body.Instructions[i].OpCode.Code != Code.Tailcall)
                continue;
            while (body.Instructions[i].OpCode.OpCodeType == OpCodeType.Prefix)
                i++;
            body.Instructions.Insert(i + 1, OpCodes.Ret.ToInstruction());
        }
    }

    private void CountEdgesInto(BasicBlock block)
    {
        if (block.InDegree == 0)
            return; // dead code
        if (block.InDegree == 1)
        {
            var counter = Counter();
            counter[0].SequencePoint = block.First.SequencePoint;
            _before[block.Index] = counter;
            return;
        }

        if (block.IsEntered)
            Before(block).AddRange(Counter());
        var previous = block.Index > 0 ? _graph.Blocks[block.Index - 1] : null;
        var runsInto = block.IsEntered && block.Index == 0 || previous is { FallsThrough: true };
        // A region may only be entered at its first instruction, which must therefore stay what it is.
        var startsRegion = _regions.Exists(region => region.Start == block.Start);
        List<(BasicBlock From, List<Instruction> Code)> splits = [];

        foreach (var from in block.Predecessors)
        {
            if (from.Successors.Count == 1)
            {
                if (!from.MayThrow)
                    continue;
                if (from.FallsThrough)
                    FallInto(block, from, Counter());
                else
                    _beforeJump[from.Index] = Counter();
            }
            else
            {
                var counter = Counter();
                if (from == previous && from.FallsThrough)
                    FallInto(block, from, counter);
                else
                    splits.Add((from, counter));
            }
        }

        foreach (var (from, code) in splits)
        {
            _splits.Add((from, block), code[0]);
            if (startsRegion)
            {
                code.Add(OpCodes.Br.ToInstruction(block.First));
                _tails.Add((Innermost(from.End - 1), code));
                continue;
            }

            if (runsInto)
                Before(block).Add(OpCodes.Br.ToInstruction(block.First));
            Before(block).AddRange(code);
            runsInto = true;
        }
    }

    /// <summary>A block may both fall and jump to the next one (a switch does): one edge, so its jumps go by the same counter.</summary>
    private void FallInto(BasicBlock block, BasicBlock from, List<Instruction> counter)
    {
        Before(block).AddRange(counter);
        _splits.Add((from, block), counter[0]);
    }

    private List<Instruction> Before(BasicBlock block) => _before[block.Index] ??= [];

    private ProtectedRegion? Innermost(int index) =>
        _regions.Where(region => region.Contains(index)).MinBy(region => region.End - region.Start);

    private List<Instruction> Counter() =>
    [
        OpCodes.Ldsfld.ToInstruction(_map),
        Instruction.CreateLdcI4(_nextEdge++),
        OpCodes.Add.ToInstruction(),
        OpCodes.Dup.ToInstruction(),
        OpCodes.Ldind_U1.ToInstruction(),
        OpCodes.Ldc_I4_1.ToInstruction(),
        OpCodes.Add.ToInstruction(),
        OpCodes.Conv_U1.ToInstruction(),
        OpCodes.Stind_I1.ToInstruction(),
    ];

    /// <summary>Sends each jump by the counter of its edge.</summary>
    private void Retarget()
    {
        foreach (var block in _graph.Blocks)
        {
            Instruction Via(Instruction first)
            {
                var to = _graph.BlockAt(first);
                return _splits.TryGetValue((block, to), out var split) ? split : Entrance(to);
            }

            if (block.Last.Operand is Instruction target)
                block.Last.Operand = Via(target);
            else if (block.Last.Operand is IList<Instruction> targets)
                block.Last.Operand = targets.Select(Via).ToArray();
        }
    }

    /// <summary>What a jump to the block meets first: the counter, if one is for every way in.</summary>
    private Instruction Entrance(BasicBlock block) => block.InDegree == 1 ? _before[block.Index]![0] : block.First;

    private void Assemble()
    {
        MoveRegions();
        MoveScope(_body.PdbMethod?.Scope);
        var original = _body.Instructions.ToArray();
        _body.Instructions.Clear();
        foreach (var block in _graph.Blocks)
        {
            Append(TailsAt(block.Start));
            Append(_before[block.Index]);
            for (var i = block.Start; i < block.End; i++)
            {
                if (i == block.End - 1)
                    Append(_beforeJump[block.Index]);
                _body.Instructions.Add(original[i]);
            }
        }

        Append(TailsAt(original.Length));
    }

    private void Append(IEnumerable<Instruction>? code)
    {
        foreach (var instruction in code ?? [])
            _body.Instructions.Add(instruction);
    }

    /// <summary>The split edges that stand right before an index, those of inner regions first.</summary>
    private IEnumerable<Instruction> TailsAt(int index) => _tails
        .Where(tail => (tail.Region?.End ?? _graph.Blocks[^1].End) == index)
        .OrderBy(tail => tail.Region is null ? int.MaxValue : tail.Region.End - tail.Region.Start)
        .SelectMany(tail => tail.Code);

    private void MoveRegions()
    {
        // Ends first: they are found by the instruction that the starts are about to leave.
        foreach (var region in _regions)
        {
            var tail = _tails
                .Where(tail => (tail.Region?.End ?? _graph.Blocks[^1].End) == region.End && (tail.Region is null || tail.Region.Encloses(region)))
                .OrderBy(tail => tail.Region is null ? int.MaxValue : tail.Region.End - tail.Region.Start)
                .FirstOrDefault().Code;
            if (tail is not null)
                region.MoveEnd(tail[0]);
            else if (FirstBefore(region.EndInstruction) is { } moved)
                region.MoveEnd(moved);
        }

        foreach (var clause in _body.ExceptionHandlers)
        {
            clause.TryStart = StartOf(clause.TryStart);
            clause.HandlerStart = FirstBefore(clause.HandlerStart) ?? clause.HandlerStart;
            clause.FilterStart = FirstBefore(clause.FilterStart) ?? clause.FilterStart;
        }
    }

    /// <summary>A try takes its first block's counter in where every way goes by it, and leaves it out where only some do.</summary>
    private Instruction StartOf(Instruction tryStart) =>
        _graph.TryBlockAt(tryStart) is { InDegree: 1 } block ? Entrance(block) : tryStart;

    private Instruction? FirstBefore(Instruction? first) =>
        _graph.TryBlockAt(first) is { } block && _before[block.Index] is { Count: > 0 } code ? code[0] : null;

    private void MoveScope(dnlib.DotNet.Pdb.PdbScope? scope)
    {
        if (scope is null)
            return;
        scope.Start = FirstBefore(scope.Start) ?? scope.Start;
        scope.End = FirstBefore(scope.End) ?? scope.End;
        foreach (var inner in scope.Scopes)
            MoveScope(inner);
    }
}

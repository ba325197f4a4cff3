using dnlib.DotNet.Emit;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>Instructions that are entered at the first and left at the last one, unless something throws on the way.</summary>
internal sealed class BasicBlock(int index, int start, int end, Instruction first, Instruction last)
{
    /// <summary>Its place among the method's blocks, in IL order.</summary>
    public int Index { get; } = index;

    /// <summary>Index of its first instruction.</summary>
    public int Start { get; } = start;

    /// <summary>Index after its last instruction.</summary>
    public int End { get; } = end;

    public Instruction First { get; } = first;

    public Instruction Last { get; } = last;

    /// <summary>Control reaches it from outside the method's own jumps: the method's entry, or a handler or filter that the runtime enters.</summary>
    public bool IsEntered { get; set; }

    /// <summary>Control may run from its last instruction into the next one.</summary>
    public bool FallsThrough { get; set; }

    /// <summary>An instruction of it may throw, so that entering it does not mean leaving it by its last instruction.</summary>
    public bool MayThrow { get; set; }

    /// <summary>Each block that it may jump or fall to, once.</summary>
    public List<BasicBlock> Successors { get; } = [];

    /// <summary>Each block that may jump or fall to it, once, in IL order.</summary>
    public List<BasicBlock> Predecessors { get; } = [];

    /// <summary>Edges that lead here.</summary>
    public int InDegree => Predecessors.Count + (IsEntered ? 1 : 0);
}

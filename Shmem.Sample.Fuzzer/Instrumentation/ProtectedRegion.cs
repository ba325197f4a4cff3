using dnlib.DotNet.Emit;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// A try, filter or handler of one exception clause: instructions [Start, End) as they were before counters went in. Jumps may not
/// cross its border, so a split edge must get its block inside the region that the jump is in.
/// </summary>
internal sealed class ProtectedRegion(int start, int end, Instruction? last, Action<Instruction> moveEnd)
{
    public int Start { get; } = start;

    public int End { get; } = end;

    /// <summary>The instruction after it; null where the method ends with it.</summary>
    public Instruction? EndInstruction { get; } = last;

    /// <summary>Makes another instruction the first one after the region.</summary>
    public void MoveEnd(Instruction instruction) => moveEnd(instruction);

    public bool Contains(int index) => Start <= index && index < End;

    /// <summary>The other one lies within this one and is smaller. Two clauses on one try have equal regions: neither encloses the other.</summary>
    public bool Encloses(ProtectedRegion other) =>
        Start <= other.Start && other.End <= End && (Start != other.Start || End != other.End);

    /// <summary>All regions of a body.</summary>
    public static List<ProtectedRegion> Of(CilBody body)
    {
        var index = new Dictionary<Instruction, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < body.Instructions.Count; i++)
            index.Add(body.Instructions[i], i);
        int IndexOf(Instruction? instruction) => instruction is null ? body.Instructions.Count : index[instruction];

        var regions = new List<ProtectedRegion>();
        foreach (var clause in body.ExceptionHandlers)
        {
            regions.Add(new(IndexOf(clause.TryStart), IndexOf(clause.TryEnd), clause.TryEnd, end => clause.TryEnd = end));
            regions.Add(new(IndexOf(clause.HandlerStart), IndexOf(clause.HandlerEnd), clause.HandlerEnd, end => clause.HandlerEnd = end));
            // A filter ends where its handler starts; that border moves with the handler's start.
            if (clause.FilterStart is not null)
                regions.Add(new(IndexOf(clause.FilterStart), IndexOf(clause.HandlerStart), clause.HandlerStart, _ => { }));
        }

        return regions;
    }
}

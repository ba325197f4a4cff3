using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>What a verdict process runs: inputs from one corpus log, in order, an answer to each in another.</summary>
/// <param name="Inputs">The log of inputs.</param>
/// <param name="Answers">The log that takes the answers; the process is its only writer.</param>
/// <param name="Board">The board; null where coverage is not to be claimed. Claimed inputs are the answers' payloads.</param>
/// <param name="Generation">The generation by which the process writes the answers: greater than every earlier one's.</param>
/// <param name="LateMilliseconds">How long to wait after each input for threads that it may have started.</param>
/// <param name="FirstNumber">The first input's number among those of all orders that have the same answers: each answer's parent is its input, by that number.</param>
internal sealed record VerdictOrder(
    ShMemDescription Inputs, ShMemDescription Answers, ShMemDescription? Board, int Generation, int LateMilliseconds, int FirstNumber = 0)
{
    public void Write(BinaryWriter writer)
    {
        Write(writer, Inputs);
        Write(writer, Answers);
        writer.Write(Board is not null);
        if (Board is { } board) Write(writer, board);
        writer.Write(Generation);
        writer.Write(LateMilliseconds);
        writer.Write(FirstNumber);
    }

    public static VerdictOrder Read(BinaryReader reader) => new(ReadDescription(reader), ReadDescription(reader),
        reader.ReadBoolean() ? ReadDescription(reader) : null, reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());

    private static void Write(BinaryWriter writer, ShMemDescription segment)
    {
        writer.Write(segment.Id.ToString());
        writer.Write(segment.Size);
    }

    private static ShMemDescription ReadDescription(BinaryReader reader) => new(ShMemId.Parse(reader.ReadString()), reader.ReadInt64());
}

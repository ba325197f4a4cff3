using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>What a verdict process runs: inputs from one corpus log, in order, an answer to each in another.</summary>
/// <param name="Inputs">The log of inputs.</param>
/// <param name="Answers">The log that takes the answers; the process is its only writer.</param>
/// <param name="Board">
/// The board; null where coverage is not to be claimed. With it, inputs that come back are their answers' payloads, and the process ends where there is no room for an answer: another
/// goes on.
/// </param>
/// <param name="Generation">The generation by which the process writes the answers: greater than every earlier one's.</param>
/// <param name="LateMilliseconds">How long to wait after each input for threads that it may have started.</param>
/// <param name="FirstNumber">The first input's number among those of all orders that have the same answers: each answer's parent is its input, by that number.</param>
/// <param name="Next">Where the answers go on when their log is full; null for nowhere.</param>
internal sealed record VerdictOrder(
    ShMemDescription Inputs, ShMemDescription Answers, ShMemDescription? Board, int Generation, int LateMilliseconds, int FirstNumber = 0,
    ShMemDescription? Next = null)
{
    public void Write(BinaryWriter writer)
    {
        Write(writer, Inputs);
        Write(writer, Answers);
        Write(writer, Board);
        writer.Write(Generation);
        writer.Write(LateMilliseconds);
        writer.Write(FirstNumber);
        Write(writer, Next);
    }

    public static VerdictOrder Read(BinaryReader reader) => new(ReadDescription(reader), ReadDescription(reader),
        ReadOptional(reader), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), ReadOptional(reader));

    private static void Write(BinaryWriter writer, ShMemDescription? segment)
    {
        writer.Write(segment is not null);
        if (segment is { } there) Write(writer, there);
    }

    private static void Write(BinaryWriter writer, ShMemDescription segment)
    {
        writer.Write(segment.Id.ToString());
        writer.Write(segment.Size);
    }

    private static ShMemDescription? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? ReadDescription(reader) : null;

    private static ShMemDescription ReadDescription(BinaryReader reader) => new(ShMemId.Parse(reader.ReadString()), reader.ReadInt64());
}

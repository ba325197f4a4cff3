using System.Text.Json.Serialization;
using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>What a verdict process runs: inputs from one corpus log, in order, an answer to each in another.</summary>
internal sealed record VerdictOrder
{
    /// <summary>The id and size of the log of inputs.</summary>
    public required string Inputs { get; init; }

    public required long InputsSize { get; init; }

    /// <summary>The id and size of the log that takes the answers; the process is its only writer.</summary>
    public required string Answers { get; init; }

    public required long AnswersSize { get; init; }

    /// <summary>The id and size of the board; null where coverage is not to be claimed. Claimed inputs are the answers' payloads.</summary>
    public string? Board { get; init; }

    public long BoardSize { get; init; }

    /// <summary>The generation by which the process writes the answers: greater than every earlier one's.</summary>
    public required int Generation { get; init; }

    /// <summary>How long to wait after each input for threads that it may have started.</summary>
    public required int LateMilliseconds { get; init; }

    [JsonIgnore]
    public ShMemDescription InputsDescription => new(ShMemId.Parse(Inputs), InputsSize);

    [JsonIgnore]
    public ShMemDescription AnswersDescription => new(ShMemId.Parse(Answers), AnswersSize);

    [JsonIgnore]
    public ShMemDescription? BoardDescription => Board is null ? null : new ShMemDescription(ShMemId.Parse(Board), BoardSize);

    public static VerdictOrder Of(ShMemDescription inputs, ShMemDescription answers, ShMemDescription? board, int generation, TimeSpan late) => new()
    {
        Inputs = inputs.Id.ToString(),
        InputsSize = inputs.Size,
        Answers = answers.Id.ToString(),
        AnswersSize = answers.Size,
        Board = board?.Id.ToString(),
        BoardSize = board?.Size ?? 0,
        Generation = generation,
        LateMilliseconds = (int)late.TotalMilliseconds,
    };
}

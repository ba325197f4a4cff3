using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The target that the options name, or the demonstration library where they name none.</summary>
/// <param name="Spec">The target.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Seeds">Its own seeds; null for a user's target.</param>
/// <param name="Expect">Exceptions that are no findings.</param>
internal sealed record ChosenTarget(TargetSpec Spec, string Name, string? Seeds, IReadOnlyList<string> Expect)
{
    /// <summary>The folder beside the program that holds the demonstration library.</summary>
    private static readonly string DemonstrationFolder = Path.Combine(AppContext.BaseDirectory, "demonstration");

    public static ChosenTarget Of(CampaignOptions options) =>
        Of(options.Assembly, options.Method, options.Instrument, options.StackKilobytes, options.Guard, options.Expect);

    public static ChosenTarget Of(string? assembly, string? method, IReadOnlyList<string> instrument, int? stackKilobytes, ShMemGuard? guard,
        IReadOnlyList<string> expect)
    {
        var stack = stackKilobytes is { } kilobytes ? kilobytes << 10 : TargetSpec.DefaultStackSize;
        var isNamed = assembly is not null && method is not null;
        var spec = isNamed
            ? TargetSpec.Parse(assembly!, method!, instrument, stack)
            : TargetSpec.Parse(Path.Combine(DemonstrationFolder, "Shmem.Samples.Chunks.dll"), "Shmem.Samples.Chunks.ChunkHarness.Run", instrument, stack);
        spec = spec with { Guard = guard ?? ShMemGuard.None };
        return isNamed
            ? new ChosenTarget(spec, method!, null, expect)
            : new ChosenTarget(spec, "the demonstration library", Path.Combine(DemonstrationFolder, "seeds"), expect);
    }
}

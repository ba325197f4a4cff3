using System.Text.Json;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary><c>OUT/campaign.json</c>.</summary>
internal static class CampaignFile
{
    public const string Name = "campaign.json";

    public static void Write(string folder, CampaignOptions options) => WholeFile.Write(Path.Combine(folder, Name),
        JsonSerializer.SerializeToUtf8Bytes(options, OutputJson.Default.CampaignOptions), overwrite: true);

    /// <summary>The campaign in <paramref name="folder"/>.</summary>
    /// <exception cref="InputException">There is none, or its file is damaged.</exception>
    public static CampaignOptions Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), OutputJson.Default.CampaignOptions) is { Expect: not null, Instrument: not null,
                TimeoutMilliseconds: > 0, MemoryMegabytes: > 0 } options
                ? options
                : throw new JsonException("something is missing");
        }
        catch (JsonException e)
        {
            throw new InputException(path, $"not a campaign ({e.Message.TrimEnd('.')})", "Name the target with --assembly and --method.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "cannot be read", "Name the target with --assembly and --method.");
        }
    }

    /// <summary>As <see cref="Read"/>; null where that cannot. Who goes on with such a campaign names the target.</summary>
    public static CampaignOptions? TryRead(string folder)
    {
        try
        {
            return Read(folder);
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>The campaign that a saved input lies in: <c>OUT</c> for <c>OUT/crashes/FILE</c>; null: it lies in none.</summary>
    public static CampaignOptions? FindFor(string inputFile)
    {
        var parent = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(inputFile)));
        return parent is not null && File.Exists(Path.Combine(parent, Name)) ? Read(parent) : null;
    }
}

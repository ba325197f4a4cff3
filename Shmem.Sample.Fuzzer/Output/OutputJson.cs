using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>The JSON of <c>campaign.json</c>: indented, since people read it.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CampaignOptions))]
internal sealed partial class OutputJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>The JSON of <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(CampaignSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;

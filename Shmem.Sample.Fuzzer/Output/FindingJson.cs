using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>The JSON of <c>findings.jsonl</c>: one object a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FindingRecord))]
internal sealed partial class FindingJson : JsonSerializerContext;

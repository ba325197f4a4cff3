using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>How findings are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(StackSample))]
internal sealed partial class FindingJsonContext : JsonSerializerContext;

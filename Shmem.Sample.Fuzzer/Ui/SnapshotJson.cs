using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>The JSON of <c>--json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(CampaignSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext
{
    /// <summary>A duration as a number of seconds, which every JSON tool can compute with.</summary>
    internal sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TimeSpan.FromSeconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Math.Round(value.TotalSeconds, 3));
    }
}

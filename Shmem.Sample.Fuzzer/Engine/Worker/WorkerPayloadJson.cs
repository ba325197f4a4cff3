using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

[JsonSerializable(typeof(WorkerPayload))]
internal sealed partial class WorkerPayloadJson : JsonSerializerContext;

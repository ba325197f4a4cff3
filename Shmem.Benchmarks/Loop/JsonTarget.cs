namespace Shmem.Benchmarks.Loop;

/// <summary>The real library that the fuzzer's speed is measured on: Newtonsoft.Json's reader in the harness of samples/, and one valid text.</summary>
internal static class JsonTarget
{
    public const string Method = "Shmem.Samples.JsonHarness.JsonHarness.Read";

    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "json", "Shmem.Samples.JsonHarness.dll");

    public static ReadOnlySpan<byte> Seed => """{"name":"x","values":[1,2.5e3,true,null,"\u00e9"],"inner":{"empty":{}},"d":-0.1}"""u8;
}

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>The version of this build, as <c>--version</c> and <c>fuzzer_stats</c> say it.</summary>
internal static class ProductVersion
{
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version!.ToString(fieldCount: 3);
}

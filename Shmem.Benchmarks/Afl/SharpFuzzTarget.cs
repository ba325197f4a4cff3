using SharpFuzz;

namespace Shmem.Benchmarks.Afl;

/// <summary>The program Shmem.Benchmarks.SharpFuzz with the library beside it instrumented, as SharpFuzz's users prepare one.</summary>
internal static class SharpFuzzTarget
{
    /// <summary>Makes a copy of it in a folder.</summary>
    /// <returns>The program's path.</returns>
    public static string Make(string folder)
    {
        var copy = Directory.CreateDirectory(Path.Combine(folder, "target")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "sharpfuzz")))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        Fuzzer.Instrument(Path.Combine(copy, "Newtonsoft.Json.dll"), _ => true, Options.Value);
        return Path.Combine(copy, "Shmem.Benchmarks.SharpFuzz.dll");
    }
}

using System.Diagnostics;
using System.Globalization;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Floor;

/// <summary>The C program beside us, compiled when the benchmark starts, which measures a round whenever it is asked to.</summary>
internal sealed class CFloor : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private CFloor(Process process, string folder)
    {
        _process = process;
        _folder = folder;
    }

    /// <summary>Compiles and starts it; null with the reason when there is no C compiler.</summary>
    public static CFloor? TryStart(out string why)
    {
        var folder = Directory.CreateTempSubdirectory("shmem-floor").FullName;
        var program = Path.Combine(folder, "floor");
        try
        {
            using var compiler = Process.Start("cc", ["-O2", "-o", program, Path.Combine(AppContext.BaseDirectory, "Floor", "floor.c")]);
            compiler.WaitForExit(60_000);
            why = compiler.ExitCode == 0 ? "" : $"cc exited with {compiler.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            why = "there is no C compiler (cc)";
        }

        if (why.Length > 0)
        {
            Directory.Delete(folder, recursive: true);
            return null;
        }

        var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return new CFloor(process, folder);
    }

    /// <summary>Nanoseconds per round of <paramref name="rounds"/> rounds of one of its measurements.</summary>
    public double Measure(string what, int rounds)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {rounds}"));
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The C floor ended while it measured {what}.");
        return double.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>One of its measurements as a contender; none without the floor.</summary>
    public static IEnumerable<Contender> Contenders(CFloor? floor, string name, string what) =>
        floor is null ? [] : [new Contender(name, rounds => floor.Measure(what, rounds), IsHere: false)];

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(5_000);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

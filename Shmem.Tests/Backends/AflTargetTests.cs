using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.PosixShm;
using Shmem.Backends.SysV;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Programs that AFL++'s compiler instrumented, which find our segment by <see cref="ShMem.NativeId"/> in <c>__AFL_SHM_ID</c>.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("linux")]
public sealed class AflTargetTests : IDisposable
{
    private const int MapSize = 65536;

    /// <summary>Another path for each first letter, and a loop as long as the input.</summary>
    private const string Target = """
        #include <stdio.h>
        int main(void) {
            int first = getchar(), count = 0;
            while (getchar() != EOF) count++;
            if (first == 'a') puts("a");
            else if (first == 'b') putchar(count);
            return 0;
        }
        """;

    /// <summary>Opens a name of POSIX in the way that AFL++'s runtime does when it was built with USEMMAP: read-write, the size known beforehand.</summary>
    private const string Opener = """
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        int main(void) {
            int file = shm_open(getenv("__AFL_SHM_ID"), O_RDWR, 0600);
            if (file < 0) return 1;
            unsigned char *map = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (map == MAP_FAILED) return 2;
            map[65535] = 7;
            return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-afl-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_AFL_target_counts_in_our_System_V_segment_what_afl_showmap_sees()
    {
        var target = await InstrumentedTarget();
        Assert.SkipUnless((await UndefinedSymbols(target)).Contains("shmat"), "this afl++ was built with USEMMAP: its targets read names of POSIX only");
        await CountsWhatShowmapSees(new SysVShMemProvider(), target);
    }

    [Fact]
    public async Task An_AFL_target_counts_in_our_POSIX_segment_what_afl_showmap_sees()
    {
        var target = await InstrumentedTarget();
        Assert.SkipUnless((await UndefinedSymbols(target)).Contains("shm_open"), "this afl++ was built without USEMMAP: its targets read System V ids only");
        await CountsWhatShowmapSees(new PosixShMemProvider(), target);
    }

    [Fact]
    public async Task A_C_program_opens_our_POSIX_segment_by_its_native_id()
    {
        using var segment = new PosixShMemProvider().Create(MapSize);
        Assert.Equal(0, await Run(await Compiled(Require.Tool("cc"), Opener), segment.NativeId, ""));
        Assert.Equal(7, segment.Span[MapSize - 1]);
    }

    [Fact]
    public async Task An_AFL_target_does_not_run_on_a_segment_that_is_gone()
    {
        var target = await InstrumentedTarget();
        var segment = new SysVShMemProvider().Create(MapSize);
        var id = segment.NativeId;
        segment.Dispose();
        Assert.NotEqual(0, await Run(target, id, "abc"));
    }

    private async Task CountsWhatShowmapSees(ShMemProvider provider, string target)
    {
        var maps = new HashSet<string>();
        foreach (var input in (string[])["abc", "bcd", "bcdefghijkl", ""])
        {
            using var segment = provider.Create(MapSize);
            Assert.Equal(0, await Run(target, segment.NativeId, input));
            // The runtime marks byte 0 itself, so that no map is empty.
            var ours = Edges(segment.Span[1..]);
            Assert.NotEmpty(ours);
            Assert.Equal(await Showmap(target, input), ours);
            maps.Add(string.Join(' ', ours));
        }

        Assert.Equal(4, maps.Count);
    }

    private static List<(int Edge, int Count)> Edges(ReadOnlySpan<byte> counters)
    {
        var edges = new List<(int, int)>();
        for (var i = 0; i < counters.Length; i++)
            if (counters[i] != 0) edges.Add((i + 1, counters[i]));
        return edges;
    }

    /// <summary>Edges and counts as AFL++'s own tool reports them, unclassified.</summary>
    private async Task<List<(int Edge, int Count)>> Showmap(string target, string input)
    {
        var (file, output) = (Path.Combine(_folder, "input"), Path.Combine(_folder, "map"));
        await File.WriteAllTextAsync(file, input, TestContext.Current.CancellationToken);
        await Tool.Run("sh", "-c", "\"$1\" -q -r -s -o \"$2\" -- \"$3\" < \"$4\"", "sh", Require.Tool("afl-showmap"), output, target, file);
        return [.. (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken)).Select(line => line.Split(':'))
            .Select(pair => (int.Parse(pair[0], CultureInfo.InvariantCulture), int.Parse(pair[1], CultureInfo.InvariantCulture)))];
    }

    private Task<string> InstrumentedTarget() => Compiled(Require.Tool("afl-clang-fast"), Target);

    private async Task<string> Compiled(string compiler, string source)
    {
        var (file, program) = (Path.Combine(_folder, "target.c"), Path.Combine(_folder, "target"));
        await File.WriteAllTextAsync(file, source, TestContext.Current.CancellationToken);
        await Tool.Run(compiler, "-o", program, file);
        return program;
    }

    private static async Task<string[]> UndefinedSymbols(string program) =>
        [.. (await Tool.Run(Require.Tool("nm"), "-D", "--undefined-only", program)).Split('\n').Select(line => line.Trim().Split(' ')[^1].Split('@')[0])];

    /// <returns>Its exit code.</returns>
    private static async Task<int> Run(string program, string id, string input)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["__AFL_SHM_ID"] = id;
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) => exited.TrySetResult();
        process.Start();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        await exited.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}

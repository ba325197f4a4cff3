using System.Text.RegularExpressions;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Memfd;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Backends.SysV;
using Shmem.Backends.Win32;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>
/// What README.md says is tested: each <c>```csharp name</c> block is, but for white space, the region <c>// README: name</c> … <c>// end</c> of
/// a ReadmeExamples*.cs, which runs.
/// </summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");

    private static readonly string[] Programs = ["Shmem.Backends", "Shmem.Actors", "Shmem.Sample.Fuzzer"];

#pragma warning disable CA1416 // What a backend says of itself it says on every system.
    private static readonly ShMemProvider[] Backends =
        [new MemfdShMemProvider(), new PosixShMemProvider(), new SysVShMemProvider(), new Win32ShMemProvider(), new HeapShMemProvider(), new ServedShMemProvider("any")];
#pragma warning restore CA1416

    [Fact]
    public void Every_code_block_is_the_body_of_a_test()
    {
        var regions = new[] { Path.Combine("Shmem.Tests", "House"), Path.Combine("Shmem.Tests.Peer", "Verbs") }
            .SelectMany(f => Directory.GetFiles(Path.Combine(Repository.Root, f), "ReadmeExamples*.cs"))
            .SelectMany(f => Region().Matches(File.ReadAllText(f).ReplaceLineEndings("\n")))
            .ToDictionary(m => m.Groups["name"].Value, m => Normalised(m.Groups["code"].Value));
        var blocks = Block().Matches(Readme).ToDictionary(m => m.Groups["name"].Value, m => Normalised(m.Groups["code"].Value));
        Assert.NotEmpty(blocks);
        Assert.Equal(regions, blocks);
    }

    [Fact]
    public void The_table_of_backends_is_what_they_say_of_themselves()
    {
        var said = Row().Matches(Readme).Select(m => (m.Groups["scheme"].Value, new ShMemCapabilities(Scope(m), Yes(m, "clean"), Yes(m, "read"),
            Largest(m.Groups["largest"].Value), Yes(m, "huge"), Yes(m, "names"), Yes(m, "persists")) { PublishOnce = Yes(m, "once") }));
        Assert.Equal(Backends.Select(p => (p.Scheme, p.Capabilities)), said);
    }

    // LESSONS: "README promises memfd first; the code defaults to System V".
    [Fact]
    public void The_default_is_the_first_of_the_table()
    {
        Assert.Equal(Row().Match(Readme).Groups["scheme"].Value, StdShMemProvider.Try().First().Provider.Scheme);
        Assert.Equal(StdShMemProvider.Try().First(t => t.Refused is null).Provider.Scheme, new StdShMemProvider(null).Scheme);
    }

    [Fact]
    public void As_many_deaths_wait_as_it_says()
    {
        Assert.Contains($"Where {CaseQueue.Most} deaths wait to be judged, {CaseQueue.MostThrown} for an exception or {CaseQueue.MostKilled} for a hang or a kill by the memory limit,", Readme);
    }

    [Fact]
    public void Every_environment_variable_that_is_read_is_told_of()
    {
        var named = Programs
            .SelectMany(project => Directory.GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Variable().Matches(File.ReadAllText(file)).Select(m => m.Groups["name"].Value)).ToHashSet();
        Assert.Contains("SHMEM_BACKEND", named);
        Assert.All(named, name => Assert.Contains($"\n{(name == "SHMEM_WORKERS" ? "" : "| ")}`{name}`", Readme, StringComparison.Ordinal));
    }

    private static bool Yes(Match row, string column) => row.Groups[column].Value == "yes";

    private static ShMemScope Scope(Match row) => row.Groups["scope"].Value switch
    {
        "every process of the user" => ShMemScope.User,
        "every process of the user that reaches the service" => ShMemScope.Service,
        _ => ShMemScope.Process,
    };

    /// <summary>What the table names, as the system itself has it; 0 on one that has no such thing.</summary>
    private static long Largest(string named) => named switch
    {
        "`/dev/shm`" => Directory.Exists("/dev/shm") ? new DriveInfo("/dev/shm").TotalSize : 0,
        "`kernel.shmmax`" => File.Exists("/proc/sys/kernel/shmmax") ? (long)Math.Min(ulong.Parse(File.ReadAllText("/proc/sys/kernel/shmmax")), (128UL << 40) - 1) : 0,
        _ => (128L << 40) - 1,
    };

    private static string Normalised(string code) => Space().Replace(code, " ").Trim();

    [GeneratedRegex("""^```csharp(?: (?<name>[a-z-]+))?\n(?<code>.*?)^```$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""^\s*// README: (?<name>[a-z-]+)\n(?<code>.*?)^\s*// end$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex("""^\| `(?<scheme>[a-z]+)` \|[^|]*\| (?<scope>[a-z ]+) \| (?<clean>yes|no) \| (?<read>yes|no) \| (?<names>yes|no) \| (?<persists>yes|no) \| (?<once>yes|no) \| (?<huge>yes|no) \| (?<largest>under 128 TiB|`/dev/shm`|`kernel\.shmmax`) \|$""", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("""[^\w](?<name>SHMEM_[A-Z_]+)[^\w]""")]
    private static partial Regex Variable();

    [GeneratedRegex("""\s+""")]
    private static partial Regex Space();
}

using System.Runtime.Versioning;
using FsCheck.Xunit;
using Microsoft.Win32.SafeHandles;
using Shmem.Actors.Messages;
using Shmem.Actors.Serialization;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;
using Shmem.Tests.EndToEnd;
using Shmem.Tests.Output;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Fuzzing;

/// <summary>
/// The service's frames and the actor's messages, fuzzed by our own fuzzer: no crash, no hang, no unanswered request. By hand, and for as long as one likes:
/// <c>shmem-fuzz fuzz -o OUT --assembly Shmem.Tests.dll --method Shmem.Tests.Fuzzing.ServiceFrames.Run --instrument Shmem.Backends</c>.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class FuzzedTests : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<FuzzedService> _service;

    public FuzzedTests(ITestOutputHelper output)
    {
        _output = output;
        _service = new Lazy<FuzzedService>(() => new FuzzedService(RuntimeFolder.Open(_folder.FullPath), "fuzzed"));
    }

    public void Dispose()
    {
        if (_service.IsValueCreated) _service.Value.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("ServiceFrames.Run", "Shmem.Backends", 3_000)]
    [InlineData("ActorMessages.Read", "Shmem.Actors", 20_000)]
    [InlineData("ActorMessages.Ask", "Shmem.Actors", 1_000)]
    [InlineData("SupervisorMessages.Run", "Shmem.Actors", 500)]
    public async Task Our_own_fuzzer_finds_no_crash_and_no_hang(string method, string instrumented, int executions)
    {
        Require.Patience();
        if (LongMode.IsOn) executions *= 200;
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        foreach (var (name, bytes) in Seeds(method))
            File.WriteAllBytes(Path.Combine(seeds, name), bytes);
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-s", "1", "--plain", "-t", "60000",
            "-E", $"{executions}", "--assembly", Path.Combine(AppContext.BaseDirectory, "Shmem.Tests.dll"), "--method", $"Shmem.Tests.Fuzzing.{method}",
            "--instrument", instrumented);
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        var stats = folder.Stats();
        _output.WriteLine($"{stats["execs_done"]} executions, {stats["execs_per_sec"]}/s, {folder.Saved("queue").Count} in the queue, {stats["edges_found"]} edges");
        foreach (var room in (string[])["crashes", "hangs", "unreproduced"])
            Assert.True(folder.Saved(room).Count == 0, $"{string.Join('\n', folder.Saved(room))}\n{fuzzer.Output}");
        Assert.True(long.Parse(stats["execs_done"]) >= executions, stats["execs_done"]);
        var found = int.Parse(stats["corpus_found"]);
        Assert.True(found > 5, $"it has found its way nowhere: {found}");
    }

    /// <summary>The harnesses themselves, without the fuzzer.</summary>
    [Property(MaxTest = 500)]
    public void Any_bytes_are_answered(byte[] bytes)
    {
        ServiceFrames.Run(bytes, _service.Value);
        ActorMessages.Read(bytes);
    }

    [Fact]
    public void The_seeds_themselves_are_answered()
    {
        foreach (var (_, bytes) in Frames()) ServiceFrames.Run(bytes, _service.Value);
        foreach (var (_, bytes) in Messages(asked: false)) ActorMessages.Read(bytes);
        foreach (var (_, bytes) in Messages(asked: true)) ActorMessages.Ask(bytes);
        foreach (var (_, bytes) in Rows()) SupervisorMessages.Run(bytes);
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        // A segment without a descriptor, and a broker that fails.
        using (var service = new FuzzedService(RuntimeFolder.Open(_folder.FullPath), "wrong", new WrongFiles()))
            Assert.Throws<InvalidOperationException>(() => ServiceFrames.Run(Frames().First().Bytes, service));
        Assert.Throws<InvalidOperationException>(() => ActorMessages.Ask(Messages(asked: true).Single(m => m.Name == "fork").Bytes, new BrokenClock()));
        // A supervisor whose application fails.
        using var application = new TestApplication { NextSegmentFails = true };
        Assert.Contains("planted", Assert.Throws<InvalidOperationException>(() => SupervisorMessages.Run(Rows().First().Bytes, application)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Seeds(string method) => method switch
    {
        "ServiceFrames.Run" => Frames(),
        "SupervisorMessages.Run" => Rows(),
        _ => Messages(method == "ActorMessages.Ask"),
    };

    /// <summary>Pieces as <see cref="ServiceFrames"/> takes them: what, length, bytes.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Frames()
    {
        // Connection 0 creates, announces a fork and ends; connection 1 claims, opens and releases.
        yield return ("fork", [4, 3, 2, 0, 100, 4, 3, 8, 1, 2, 8, 0, 5, 3, 12, 1, 0, 5, 2, 3, 1, 5, 2, 4, 1]);
        yield return ("restart", [4, 3, 2, 0, 100, 4, 3, 13, 1, 2, 8, 0, 5, 2, 15, 1, 5, 2, 3, 1, 5, 2, 16, 1, 12, 255]);
        yield return ("report", [4, 3, 2, 0, 100, 4, 3, 8, 1, 2, 4, 3, 10, 1, 1, 4, 2, 11, 1, 12, 9]);
        // A whole frame, and one in two parts.
        yield return ("bytes", [0, 16, 16, 0, 0, 0, 1, 0, 2, 0, 100, 0, 0, 0, 0, 0, 0, 0, 1, 9, 16, 0, 0, 0, 1, 0, 2, 0, 1, 1, 7, 0, 0, 0, 0, 0, 0, 0]);
        // Two requests whose answers are read with the third's; a part of a frame that comes too late; a descriptor with a request; the end of one direction; a flood.
        yield return ("late", [16, 3, 2, 0, 100, 16, 2, 3, 1, 4, 2, 4, 1]);
        yield return ("cut", [4, 3, 2, 0, 100, 0, 9, 16, 0, 0, 0, 1, 0, 2, 0, 1, 12, 1, 4, 3, 2, 0, 100]);
        yield return ("descriptor", [20, 16, 16, 0, 0, 0, 1, 0, 2, 0, 100, 0, 0, 0, 0, 0, 0, 0, 4, 2, 3, 1]);
        yield return ("half", [16, 3, 2, 0, 100, 24, 0, 4, 3, 2, 0, 100]);
        yield return ("flood", [4, 3, 2, 0, 100, 28, 2, 3, 1, 4, 2, 3, 1]);
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Messages(bool asked)
    {
        var holder = new HolderId(1, 2, 3);
        object[] messages =
        [
            new JoinCampaign(1, 2, 3), new AcquireLease(holder, ShMemId.Parse("heap:1")), new ReleaseLease(holder, ShMemId.Parse("heap:1")),
            new PreFork(holder, TimeSpan.FromSeconds(30)), new PostFork(new ForkToken(1), holder, holder), new ClaimFork(new ForkToken(1), holder),
            new AbortFork(new ForkToken(1), holder), new OnRestart(holder, TimeSpan.FromSeconds(30)), new SucceedHolder(holder, holder),
            new AcknowledgeRestart(holder, holder), GetStatistics.Instance,
            new CampaignJoined([new NamedSegment("board", 0, new ShMemDescription(ShMemId.Parse("heap:1"), 100, "service"))]),
            new RequestRefused(ShMemError.Denied, "why", "remedy"),
        ];
        foreach (var message in messages) yield return (message.GetType().Name, asked ? Piece(message) : Bytes(message));
        if (asked) yield return ("fork", [.. Fork.SelectMany(Piece)]);
    }

    /// <summary>Rows as <see cref="SupervisorMessages"/> takes them: whether it stops, and pieces. A worker joins, gets its slot and asks for all that a slot's holder may.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Rows()
    {
        object[] joins = [new JoinCampaign(1, 2, 3), new ReportReady(1)];
        object[] asks = [new RequestNextSegment(0, 0, 1), new RequestCheckpointSegment(0, 0, 1, 100)];
        yield return ("slot", [0, .. joins.Concat(asks).SelectMany(Piece)]);
        yield return ("fork", [0, .. joins.Concat(Fork).SelectMany(Piece)]);
        yield return ("failure", [0, .. joins.Append(new ReportFailure(1, "why")).Concat(asks).SelectMany(Piece)]);
        yield return ("stopping", [1, .. joins.Append(new ReportStopped(1)).Concat(asks).SelectMany(Piece)]);
    }

    /// <summary>In one row: a child that is announced, reported and claims.</summary>
    private static object[] Fork
    {
        get
        {
            var child = new HolderId(ForkLedger.FirstChildNumber, 4, 5);
            return
            [
                new PreFork(new HolderId(1, 2, 3), TimeSpan.FromSeconds(30)), new PostFork(new ForkToken(1), new HolderId(1, 2, 3), child),
                new ClaimFork(new ForkToken(1), child),
            ];
        }
    }

    /// <summary>The number of its manifest, and what the serializer makes of it.</summary>
    private static byte[] Bytes(object message)
    {
        var serializer = new ShMemMessageSerializer(null!);
        return [(byte)ClosedSet.ByManifest.Keys.Order(StringComparer.Ordinal).ToList().IndexOf(serializer.Manifest(message)), .. serializer.ToBinary(message)];
    }

    private static byte[] Piece(object message)
    {
        var bytes = Bytes(message);
        return [(byte)(bytes.Length - 1), .. bytes];
    }

    private sealed class WrongFiles : ISegmentFiles
    {
        public string Name => "wrong";

        public SafeFileHandle Create(long size) => new(-1, ownsHandle: false);
    }

    /// <summary>It gives the time once.</summary>
    private sealed class BrokenClock : TimeProvider
    {
        private int _asked;

        public override long GetTimestamp() => Interlocked.Increment(ref _asked) == 1 ? 0 : throw new NotSupportedException("the clock is broken");
    }
}

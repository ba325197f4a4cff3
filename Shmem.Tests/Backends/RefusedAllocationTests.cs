using System.Runtime.Versioning;
using Shmem.Backends.Janitor;
using Shmem.Backends.SysV;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// Calls that the kernel refuses half-way, when there is something already that has to go again: a descriptor, a mapping, a name, a System V segment. Only
/// the calls for segments of <see cref="Size"/> bytes are refused, so the runtime of the peer lives. LESSONS: "MAP_FAILED unchecked when attaching by fd; fd
/// leaked when ftruncate fails".
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class RefusedAllocationTests : IDisposable
{
    private const int Size = 54_321;

    /// <summary>Enough that what each attempt left could not be overlooked.</summary>
    private const int Attempts = 10;

    private const string NotEnough = "Not enough memory or address space, or vm.max_map_count (now ";
    private const string Manual = "See the manual page of the call";
    private const string Truncated = "ftruncate:54321";
    private const string Allocated = "fallocate:54321";
    private const string Mapped = "mmap:54321";
    private const string Sealed = "fcntl:1033";

    private readonly TemporaryFolder _folder = new();

    /// <summary>A key of System V is all the machine's.</summary>
    private readonly string _name = "t-" + Guid.NewGuid().ToString("N")[..20];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("create memfd 54321", Truncated, RefusedCalls.EIO, "create memfd segment of 54321 bytes: ftruncate: ", Manual)]
    [InlineData("create memfd 54321", Sealed, RefusedCalls.EIO, "create memfd segment of 54321 bytes: fcntl(F_ADD_SEALS): ", Manual)]
    [InlineData("create memfd 54321", Mapped, RefusedCalls.ENOMEM, "create memfd segment of 54321 bytes: mmap: ", NotEnough)]
    [InlineData("create memfd 54321 publish-once", Truncated, RefusedCalls.EIO, "create memfd segment of 54321 bytes: ftruncate: ", Manual)]
    [InlineData("create memfd 54321 publish-once", Mapped, RefusedCalls.ENOMEM, "create memfd segment of 54321 bytes: mmap: ", NotEnough)]
    [InlineData("create memfd 54321 publish-once", Sealed, RefusedCalls.EIO, "create memfd segment of 54321 bytes: fcntl(F_ADD_SEALS): ", Manual)]
    [InlineData("create posix 54321", Allocated, RefusedCalls.EIO, "create posix segment of 54321 bytes: posix_fallocate: ", Manual)]
    [InlineData("create posix 54321", Mapped, RefusedCalls.ENOMEM, "create posix segment of 54321 bytes: mmap: ", NotEnough)]
    [InlineData("create-named posix NAME 54321", Allocated, RefusedCalls.EIO, "create posix segment 'NAME' of 54321 bytes: posix_fallocate: ", Manual)]
    [InlineData("create-named posix NAME 54321", Mapped, RefusedCalls.ENOMEM, "create posix segment 'NAME' of 54321 bytes: mmap: ", NotEnough)]
    [InlineData("create sysv 54321", "shmat", RefusedCalls.ENOMEM, "create sysv segment of 54321 bytes: shmat: ", NotEnough)]
    [InlineData("create-named sysv NAME 54321", "shmat", RefusedCalls.ENOMEM, "create sysv segment 'NAME' of 54321 bytes: shmat: ", NotEnough)]
    public async Task A_creation_that_is_refused_half_way_leaves_nothing(string command, string call, int errno, string operation, string remedy)
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await Start(calls.Refuse((call, errno)));
        await AssertRefused(peer, command.Replace("NAME", _name), operation.Replace("NAME", _name), errno, remedy);
    }

    [Theory]
    [InlineData("memfd", "")]
    [InlineData("memfd", " read")]
    [InlineData("posix", "")]
    [InlineData("posix", " read")]
    public async Task An_attach_that_is_refused_leaves_nothing_and_the_segment_as_it_was(string scheme, string access)
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await Start(calls.Refuse((Mapped, RefusedCalls.ENOMEM)));
        var id = (await peer.AskForSegment($"create {scheme} 100000")).Id;
        await AssertRefused(peer, $"open {id} {Size}{access}", $"open {id} (54321 bytes): mmap: ", RefusedCalls.ENOMEM, NotEnough);
        Assert.Equal($"ok {id} 54320", await peer.Ask($"open {id} 54320"));
    }

    [Fact]
    public async Task An_attach_to_System_V_that_is_refused_leaves_the_segment_as_it_was()
    {
        using var calls = await RefusedCalls.Compile();
        using var segment = new SysVShMemProvider().Create(Size);
        await using var peer = await Start(calls.Refuse(("shmat", RefusedCalls.ENOMEM)));
        await AssertRefused(peer, $"open {segment.Id} {Size}", $"open {segment.Id}: shmat: ", RefusedCalls.ENOMEM, NotEnough);
        // nattch of proc_sysvipc_shm(5): the creator alone.
        Assert.Equal("1", File.ReadLines("/proc/sysvipc/shm").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words[1] == segment.NativeId).Select(words => words[6]).Single());
    }

    [Theory]
    [InlineData("memfd", Truncated, "ftruncate: ", Manual)]
    [InlineData("memfd", Sealed, "fcntl(F_ADD_SEALS): ", Manual)]
    [InlineData("memfd", Mapped, "mmap: ", Manual)]
    [InlineData("posix", Allocated, "posix_fallocate: ", Manual)]
    [InlineData("posix", Mapped, "mmap: ", Manual)]
    public async Task A_served_creation_that_is_refused_on_either_side_leaves_nothing_on_either(string files, string call, string operation, string remedy)
    {
        using var calls = await RefusedCalls.Compile();
        // One process is both sides, so what either has left is counted.
        await using var peer = await Start(calls.Refuse((call, RefusedCalls.EIO)));
        Assert.Equal("ok", await peer.Ask($"start-service test {files}"));
        await AssertRefused(peer, $"create-served test {Size}", operation, RefusedCalls.EIO, remedy);
    }

    [Fact]
    public async Task A_served_attach_that_is_refused_leaves_nothing_and_the_segment_as_it_was()
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await Start(calls.Refuse((Mapped, RefusedCalls.ENOMEM)));
        Assert.Equal("ok", await peer.Ask($"start-service test memfd"));
        var id = (await peer.AskForSegment($"create-served test 100000")).Id;
        await AssertRefused(peer, $"open {id} {Size}", $"open {id} (54321 bytes): mmap: ", RefusedCalls.ENOMEM, NotEnough);
        Assert.Equal($"ok {id} 54320", await peer.Ask($"open {id} 54320"));
    }

    /// <summary>Asks again and again; what the peer has of shared memory stays the same.</summary>
    private async Task AssertRefused(PeerSession peer, string command, string operation, int errno, string remedy)
    {
        // The first attempt begins what stays: the manifest, the client's connection.
        await peer.Ask($"{command}");
        var before = (Footprint.Of(peer.Pid), Listed());
        for (var i = 0; i < Attempts; i++)
        {
            var answer = await peer.Ask($"{command}");
            Assert.StartsWith("refused ", answer);
            Assert.All((string[])[operation, $"(errno {errno})", remedy], part => Assert.Contains(part, answer));
        }

        Assert.Equal(before, (Footprint.Of(peer.Pid), Listed()));
    }

    /// <summary>How many names the peer's manifest lists.</summary>
    private int Listed() => !Directory.Exists(_folder["run"]) ? 0
        : Directory.GetFiles(_folder["run"], CampaignManifest.ListPrefix + "*", SearchOption.AllDirectories).Sum(list => CampaignManifest.ReadList(list).Count);

    private Task<PeerSession> Start(string[] refuse) =>
        OwnShm.Start(OwnShm.Empty, refuse, start => start.Environment["SHMEM_RUNTIME_DIR"] = _folder["run"]);
}

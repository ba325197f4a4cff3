using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;
using Shmem.Backends.SysV;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>Campaigns of real processes that are killed: what is swept, and what is not. The peer's commands stand in Shmem.Tests.Peer/Verbs/Segments.cs.</summary>
[SupportedOSPlatform("linux")]
public sealed class CampaignTests : IDisposable
{
    private readonly DirectoryInfo _runtime = Directory.CreateTempSubdirectory("shmem-campaign-");
    private readonly string _name = "t-" + Guid.NewGuid().ToString("N")[..20];

    public static TheoryData<string> Named => new("posix", "sysv");

    private string Campaigns => Path.Combine(_runtime.FullName, "campaigns");

    public void Dispose() => _runtime.Delete(recursive: true);

    // LESSONS: "create, then kill -9 or exit without drop: System V segment and /dev/shm file stay"; iceoryx2 601, 1584, 1967: "leftovers after kill -9,
    // users run rm by hand: sweep at start, and a command for it".
    [Theory]
    [InlineData("posix", false)]
    [InlineData("posix", true)]
    [InlineData("sysv", true)]
    public async Task What_a_killed_process_left_is_told_and_swept(string scheme, bool isNamed)
    {
        await using var janitor = await Start();
        await using var owner = await Start();
        var id = await Create(owner, scheme, isNamed);
        Assert.Equal("ok ", await janitor.Ask($"leaked"));
        Assert.Equal("ok 0", await janitor.Ask($"sweep"));
        Assert.StartsWith("ok", await janitor.Ask($"open {id} 4096"));
        await janitor.Ask($"dispose 0");

        await owner.Kill();
        Assert.Equal($"ok {id}", await janitor.Ask($"leaked"));
        Assert.Equal("ok ", await janitor.Ask($"persisted"));
        Assert.Equal($"ok {id}", await janitor.Ask($"leaked"));
        Assert.StartsWith("ok", await janitor.Ask($"open {id} 4096"));
        await janitor.Ask($"dispose 1");
        Assert.Equal("ok 1", await janitor.Ask($"sweep"));
        Assert.StartsWith("refused NotFound", await janitor.Ask($"open {id} 4096"));
        Assert.Equal("ok 0", await janitor.Ask($"sweep"));
        Assert.Equal("ok ", await janitor.Ask($"leaked"));
        Assert.Single(Directory.GetDirectories(Campaigns));
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task The_next_process_finds_the_name_free(string scheme)
    {
        await using (var owner = await Start())
        {
            Assert.StartsWith("ok", await owner.Ask($"create-named {scheme} {_name} 100"));
            await owner.Kill();
        }

        await using var next = await Start();
        Assert.StartsWith("ok", await next.Ask($"create-named {scheme} {_name} 200"));
        await next.Ask($"dispose 0");
        Assert.StartsWith("refused NotFound", await next.Ask($"open-named {scheme} {_name} 100"));
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task A_name_is_taken_between_processes_while_its_owner_lives(string scheme)
    {
        await using var owner = await Start();
        await owner.Ask($"create-named {scheme} {_name} 100");
        await owner.Ask($"write 0 99 5");
        await using var other = await Start();
        Assert.StartsWith("refused Exists", await other.Ask($"create-named {scheme} {_name} 100"));
        Assert.StartsWith("ok", await other.Ask($"open-named {scheme} {_name} 100"));
        Assert.Equal("5", await other.Ask($"read 0 99"));
        await other.Ask($"dispose 0");
        await owner.Ask($"dispose 0");
        Assert.StartsWith("refused NotFound", await other.Ask($"open-named {scheme} {_name} 100"));
        Assert.StartsWith("ok", await other.Ask($"create-named {scheme} {_name} 100"));
        await other.Ask($"dispose 1");
    }

    // LESSONS: "Cloudtoid Interprocess 29: a shared lock per live participant beats pid files".
    [Fact]
    public async Task A_campaign_lives_until_the_last_of_its_processes_is_gone()
    {
        await using var janitor = await Start();
        await using var first = await Start();
        var campaign = (await first.Ask($"campaign")).Split(' ')[1];
        await using var second = await Start();
        await second.Ask($"create posix 1");
        Assert.StartsWith("refused Invalid", await second.Ask($"join {campaign}"));
        await second.Ask($"dispose 0");
        await using var third = await Start(isFresh: true);
        Assert.Equal($"ok {campaign}", await third.Ask($"join {campaign}"));
        Assert.Equal($"ok {campaign}", await third.Ask($"join {campaign}"));
        await first.Ask($"create posix 4096");
        var named = await Create(first, "sysv");
        await first.Kill();
        Assert.Equal("ok 0", await janitor.Ask($"sweep"));
        Assert.StartsWith("ok", await janitor.Ask($"open {named} 4096"));
        await janitor.Ask($"dispose 0");
        await third.Kill();
        Assert.Equal("ok 2", await janitor.Ask($"sweep"));
        await using var late = await Start(isFresh: true);
        Assert.StartsWith("refused NotFound", await late.Ask($"join {campaign}"));
        Assert.StartsWith("refused Invalid", await late.Ask($"join ../{campaign}"));
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task A_name_that_another_has_by_now_is_not_swept(string scheme)
    {
        // It sweeps with its first name, so that the dead one's list is still there later.
        await using var living = await Start();
        await living.Ask($"create posix 1");
        await using var dead = await Start();
        var first = await Create(dead, scheme);
        await dead.Kill();
        Assert.Equal("ok True", await living.Ask($"remove {first}"));
        var second = await Create(living, scheme);
        await using var janitor = await Start();
        Assert.Equal("ok ", await janitor.Ask($"leaked"));
        Assert.Equal("ok 0", await janitor.Ask($"sweep"));
        Assert.StartsWith("ok", await janitor.Ask($"open {second} 4096"));
        await janitor.Ask($"dispose 0");
        await living.Ask($"dispose 1");
        await living.Ask($"dispose 0");
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task A_persisted_segment_survives_its_creator_and_is_no_leftover(string scheme)
    {
        await using var janitor = await Start();
        ShMemId id;
        await using (var creator = await Start())
        {
            id = ShMemId.Parse(await Create(creator, scheme));
            await creator.Ask($"write 0 4095 9");
            Assert.Equal("ok", await creator.Ask($"persist 0"));
            await creator.Kill();
        }

        Assert.Equal("ok ", await janitor.Ask($"leaked"));
        Assert.Equal($"ok {id} 4096", await janitor.Ask($"persisted"));
        Assert.Equal("ok 0", await janitor.Ask($"sweep"));
        Assert.Equal($"ok {id} 4096", await janitor.Ask($"persisted"));
        await using var other = await Start();
        Assert.StartsWith("ok", await other.Ask($"open-named {scheme} {_name} 4096"));
        Assert.Equal("9", await other.Ask($"read 0 4095"));
        Assert.Equal("ok True", await other.Ask($"remove {id}"));
        Assert.Equal("ok ", await janitor.Ask($"persisted"));
        Assert.StartsWith("refused NotFound", await janitor.Ask($"open-named {scheme} {_name} 4096"));
        Assert.Equal("ok False", await janitor.Ask($"remove {id}"));
        Assert.Empty(Directory.GetFiles(Path.Combine(_runtime.FullName, "persisted")));
    }

    [Fact]
    public async Task A_persisted_segment_survives_its_creators_orderly_end()
    {
        string id;
        await using (var creator = await Start())
        {
            id = await Create(creator, "posix", isNamed: false);
            await creator.Ask($"persist 0");
            creator.CloseInput();
            await creator.End();
        }

        await using var other = await Start();
        Assert.Equal($"ok {id} 4096", await other.Ask($"persisted"));
        Assert.StartsWith("ok", await other.Ask($"open {id} 4096"));
        Assert.Equal("ok True", await other.Ask($"remove {id}"));
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task What_is_persisted_when_its_process_has_removed_its_names_at_its_end_says_so(string scheme)
    {
        await using var owner = await Start();
        await Create(owner, scheme);
        // What subscribes to the end of the process after its campaign did runs after it.
        Assert.Equal("ok", await owner.Ask($"persist-at-exit 0"));
        owner.CloseInput();
        Assert.StartsWith("refused NotFound", await owner.End());
        await using var other = await Start();
        Assert.Equal("ok ", await other.Ask($"persisted"));
        Assert.Equal("ok ", await other.Ask($"leaked"));
        Assert.StartsWith("refused NotFound", await other.Ask($"open-named {scheme} {_name} 4096"));
    }

    [Fact]
    public async Task Where_the_file_system_has_no_locks_a_name_is_refused_for_that_and_nothing_is_left()
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await Start(isFresh: true, calls.Refuse(("flock", RefusedCalls.ENOSYS)));
        foreach (var create in (string[])["create posix 100", $"create-named sysv {_name} 100"])
        {
            var answer = await peer.Ask($"{create}");
            Assert.StartsWith("refused Unsupported", answer);
            Assert.Contains("flock:", answer);
            Assert.Contains("SHMEM_RUNTIME_DIR", answer);
        }

        // Without a manifest too: it is marked for removal at birth.
        Assert.StartsWith("ok", await peer.Ask($"create sysv 100"));
        Assert.Empty(Directory.GetDirectories(Campaigns));
    }

    [Fact]
    public async Task A_record_of_a_name_that_no_id_can_have_keeps_nobody_from_starting()
    {
        var odd = $"/{_name}\u0001";
        var persisted = _runtime.CreateSubdirectory("persisted");
        await File.WriteAllBytesAsync("/dev/shm" + odd, [], TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(0, LibcFile.StatusOf("/dev/shm" + odd, out var status));
            await File.WriteAllTextAsync(Path.Combine(persisted.FullName, "segment-x"), $"{Place.Here}\n{ListedName.Posix(odd, status.Identity).Text}\n1\n",
                TestContext.Current.CancellationToken);
            await using var process = await Start();
            Assert.Equal("ok ", await process.Ask($"persisted"));
            Assert.StartsWith("ok", await process.Ask($"create-named posix {_name} 1"));
            await process.Ask($"dispose 0");
            Assert.True(File.Exists("/dev/shm" + odd));
        }
        finally
        {
            File.Delete("/dev/shm" + odd);
        }
    }

    // LESSONS: "create, then … exit without drop: System V segment and /dev/shm file stay".
    [Fact]
    public async Task A_process_that_ends_without_letting_go_leaves_nothing()
    {
        await using var owner = await Start();
        var ids = new[] { await Create(owner, "posix", isNamed: false), await Create(owner, "posix"), await Create(owner, "sysv") };
        owner.CloseInput();
        await owner.End();
        Assert.Equal(0, owner.ExitCode);
        Assert.Empty(Directory.GetDirectories(Campaigns));
        await using var other = await Start();
        foreach (var id in ids) Assert.StartsWith("refused NotFound", await other.Ask($"open {id} 4096"));
    }

    [Theory]
    [MemberData(nameof(Named))]
    public async Task A_strangers_segment_is_neither_opened_by_name_nor_removed(string scheme)
    {
        await using var peer = await Start();
        var own = await Create(peer, scheme);
        if (scheme == "posix")
        {
            Require.Root();
            await Tool.Run(Require.Tool("chown"), "65534", $"/dev/shm/{_name}");
            Assert.StartsWith("refused Denied", await peer.Ask($"open-named posix {_name} 4096"));
            await peer.Ask($"dispose 0");
            Assert.True(File.Exists($"/dev/shm/{_name}"));
            File.Delete($"/dev/shm/{_name}");
        }
        else
        {
            // The same key, and none of our names: as ftok of another program would meet it.
            await peer.Ask($"dispose 0");
            var key = SysVNames.KeyOf(SysVNames.Hash(_name));
            var number = LibcSysV.Get(key, 8192, LibcSysV.IPC_CREAT | 0x180);
            try
            {
                Assert.StartsWith("refused Exists", await peer.Ask($"create-named sysv {_name} 4096"));
                var answer = await peer.Ask($"open-named sysv {_name} 4096");
                Assert.StartsWith("refused NotFound", answer);
                Assert.Contains("is not of that name", answer);
                Assert.NotEqual(own, $"sysv:{number}");
            }
            finally
            {
                Assert.Equal(0, LibcSysV.Control(number, LibcSysV.IPC_RMID, 0));
            }
        }
    }

    /// <summary>A peer whose run-time folder is this test's. It is in a campaign of its own, unless it is fresh.</summary>
    private Task<PeerSession> Start(bool isFresh = false, params string[] wrapper) => PeerSession.Start(wrapper, start =>
    {
        start.Environment["SHMEM_RUNTIME_DIR"] = _runtime.FullName;
        if (isFresh) start.Environment["SHMEM_TEST_FRESH"] = "1";
    });

    /// <summary>Creates a segment of 4096 bytes.</summary>
    /// <returns>Its id.</returns>
    private async Task<string> Create(PeerSession peer, string scheme, bool isNamed = true)
    {
        var answer = isNamed ? await peer.Ask($"create-named {scheme} {_name} 4096") : await peer.Ask($"create {scheme} 4096");
        Assert.StartsWith("ok", answer);
        return answer.Split(' ')[1];
    }
}

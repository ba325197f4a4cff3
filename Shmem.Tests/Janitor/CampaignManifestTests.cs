using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>
/// Manifests and their locks within one process: a lock belongs to an open file, so that it works between two of them as between two processes. A process that
/// is being started has a copy of each descriptor, and with it the lock, until it executes: nothing that starts some runs beside these.
/// </summary>
[SupportedOSPlatform("linux")]
[Collection(nameof(ProcessWide))]
public sealed class CampaignManifestTests : IDisposable
{
    private readonly DirectoryInfo _runtime = Directory.CreateTempSubdirectory("shmem-manifest-");

    private string Runtime => _runtime.FullName;

    private string Campaigns => Path.Combine(Runtime, "campaigns");

    public void Dispose() => _runtime.Delete(recursive: true);

    [Fact]
    public void A_name_is_listed_until_its_entry_is_cleared_and_its_place_is_used_again()
    {
        var manifest = CampaignManifest.Start(Runtime);
        var names = Enumerable.Range(0, 100).Select(_ => ListedName.Posix(RandomName())).ToList();
        var entries = names.ConvertAll(name => manifest.TryList(name)!.Value);
        var list = Directory.GetFiles(Path.Combine(Campaigns, manifest.Name), "names-*").Single();
        Assert.Equal(names, CampaignManifest.ReadList(list));
        for (var i = 0; i < 100; i += 2) entries[i].Clear();
        Assert.Equal(names.Where((_, i) => i % 2 == 1), CampaignManifest.ReadList(list));
        for (var i = 0; i < 50; i++) manifest.TryList(ListedName.Posix(RandomName()));
        Assert.Equal(100, CampaignManifest.ReadList(list).Count);
        Assert.Equal(100 * CampaignManifest.RecordSize, new FileInfo(list).Length);
        manifest.Leave();
        Assert.Null(manifest.TryList(names[0]));
        Assert.Empty(Directory.GetDirectories(Campaigns));
    }

    [Fact]
    public void The_longest_names_fit_a_record()
    {
        var manifest = CampaignManifest.Start(Runtime);
        var posix = ListedName.Posix("/" + new string('~', ShMemName.Longest), new FileIdentity(ulong.MaxValue, ulong.MaxValue));
        var sysV = ListedName.SysV(int.MinValue, ulong.MaxValue);
        var socket = ListedName.Socket("/" + new string('x', 67) + "/" + new string('s', 32) + "/s");
        Assert.Equal("socket:".Length + 103, socket.Text.Length);
        manifest.TryList(posix);
        manifest.TryList(sysV);
        manifest.TryList(socket);
        var list = Directory.GetFiles(Path.Combine(Campaigns, manifest.Name), "names-*").Single();
        Assert.Equal([posix, sysV, socket], CampaignManifest.ReadList(list));
        manifest.Leave();
    }

    // A dead campaign may list what a living service has by now.
    [Fact]
    public void A_living_services_socket_is_not_swept()
    {
        var run = RuntimeFolder.Open(Runtime);
        using var service = ShMemService.TryStart("test", run, SegmentFiles.Of("memfd"), ServiceLimits.Default, TimeSpan.FromSeconds(60));
        var path = ServiceSocket.PathOf(run, "test");
        var dead = CampaignManifest.Start(Runtime);
        dead.TryList(ListedName.Socket(path));
        dead.Die();
        Assert.Equal(0, LeakedNames.Sweep(Runtime));
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void The_last_to_leave_removes_the_campaign_and_each_its_own_names()
    {
        var first = CampaignManifest.Start(Runtime);
        var second = CampaignManifest.Join(Runtime, first.Name);
        var (one, other) = (Make(first), Make(second));
        first.Leave();
        Assert.False(Exists(one));
        Assert.True(Exists(other));
        Assert.Equal(0, LeakedNames.Sweep(Runtime));
        Assert.True(Exists(other));
        var third = CampaignManifest.Join(Runtime, first.Name);
        second.Leave();
        Assert.False(Exists(other));
        third.Leave();
        third.Leave();
        Assert.Empty(Directory.GetDirectories(Campaigns));
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => CampaignManifest.Join(Runtime, first.Name)).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../campaigns/aaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaa/")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_campaigns_name_is_refused(string name) =>
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => CampaignManifest.Join(Runtime, name)).Error);

    // A thread persists while another ends the process.
    [Fact]
    public void A_name_whose_process_is_just_leaving_is_not_recorded()
    {
        var manifest = CampaignManifest.Start(Runtime);
        var name = RandomName();
        var entry = manifest.TryList(ListedName.Posix(name))!.Value;
        using var segment = new PosixShMemProvider().CreateNamed(name[1..], 100);
        manifest.Die();
        var refused = Assert.Throws<ShMemException>(() => PersistedSegments.Record(ListedName.Posix(name), entry, segment.Description));
        Assert.Equal(ShMemError.NotFound, refused.Error);
        Assert.DoesNotContain(segment.Description, PersistedSegments.List());
    }

    [Fact]
    public void A_lock_on_a_folder_that_was_removed_meanwhile_is_not_taken()
    {
        var dead = CampaignManifest.Start(Runtime);
        var folder = Path.Combine(Campaigns, dead.Name);
        // One has it open, as a process between open and flock, when another sweeps and a third makes the same folder anew.
        using var late = LibcFile.OpenAt(LibcFile.AT_FDCWD, Path.Combine(folder, "lock"), LibcFile.O_RDWR | LibcFile.O_CLOEXEC);
        dead.Die();
        LeakedNames.Sweep(Runtime);
        Assert.False(Directory.Exists(folder));
        Assert.False(CampaignLock.TryTurnExclusive(late, folder));
        Directory.CreateDirectory(folder);
        using var alive = CampaignLock.TryMake(folder);
        Assert.NotNull(alive);
        Assert.False(CampaignLock.TryTurnExclusive(late, folder));
    }

    [Fact]
    public void A_dead_campaign_cannot_be_joined_while_it_is_swept()
    {
        var dead = CampaignManifest.Start(Runtime);
        dead.Die();
        using var sweeper = Assert.Single(DeadCampaign.All(Runtime));
        Assert.Throws<ShMemException>(() => CampaignManifest.Join(Runtime, dead.Name));
        Assert.Empty(DeadCampaign.All(Runtime));
    }

    [Fact]
    public void What_killed_processes_left_half_made_or_half_swept_is_removed()
    {
        Directory.CreateDirectory(Path.Combine(Campaigns, ".new-aaaaaaaaaaaaaaaaaaaa"));
        Directory.CreateDirectory(Path.Combine(Campaigns, "bbbbbbbbbbbbbbbbbbbb"));
        var unlocked = Directory.CreateDirectory(Path.Combine(Campaigns, ".new-cccccccccccccccccccc"));
        File.WriteAllText(Path.Combine(unlocked.FullName, "lock"), "");
        Assert.Equal(0, LeakedNames.Sweep(Runtime));
        Assert.Empty(Directory.GetDirectories(Campaigns));
    }

    [Fact]
    public void Of_an_earlier_boot_only_the_folder_is_removed()
    {
        var (manifest, name) = Abandoned();
        File.WriteAllText(Path.Combine(Campaigns, manifest, "lock"), "00000000-0000-4000-8000-000000000000 1.2 ipc:[3]");
        Assert.Equal(0, LeakedNames.Sweep(Runtime));
        Assert.Empty(Directory.GetDirectories(Campaigns));
        Assert.True(Exists(name));
        LibcPosixShm.Unlink(name);
    }

    [Fact]
    public void What_is_of_another_container_is_left_to_those_who_are_there()
    {
        var (manifest, name) = Abandoned();
        var place = File.ReadAllText(Path.Combine(Campaigns, manifest, "lock"));
        File.WriteAllText(Path.Combine(Campaigns, manifest, "lock"), place + "0");
        Assert.Equal(0, LeakedNames.Sweep(Runtime));
        Assert.True(Exists(name));
        File.WriteAllText(Path.Combine(Campaigns, manifest, "lock"), place);
        Assert.Equal(1, LeakedNames.Sweep(Runtime));
        Assert.False(Exists(name));
    }

    [Fact]
    public void A_list_of_foreign_bytes_removes_nothing_but_names_that_it_proves()
    {
        var (manifest, name) = Abandoned();
        var user = RandomName()[7..];
        using var living = new PosixShMemProvider().CreateNamed(user, 100);
        var list = Path.Combine(Campaigns, manifest, "names-foreign");
        var garbage = RandomNumberGenerator.GetBytes(5000);
        File.WriteAllBytes(list, [.. garbage,
            .. System.Text.Encoding.ASCII.GetBytes($"\nposix:/{user}\nposix:/{user} 1 2\nposix:/../../tmp/x 1 2\nposix:\nsysv:0\nsysv:0 0\nsysv:x y\nheap:1\nposix:/shmem-")]);
        Assert.Equal(1, LeakedNames.Sweep(Runtime));
        Assert.False(Exists(name));
        new PosixShMemProvider().OpenNamed(user, 100).Dispose();
    }

    /// <summary>
    /// Start-ups, ends, kills, joins and sweeps all at once. Each part checks, while it lives, that its name does, and that its campaign can be joined; in the end
    /// nothing is left.
    /// </summary>
    [Fact]
    public async Task No_race_of_starts_sweeps_and_kills_touches_a_living_campaign()
    {
        using var stop = new CancellationTokenSource();
        var sweeps = 0;
        var swept = 0;
        var sweepers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Interlocked.Add(ref swept, LeakedNames.Sweep(Runtime));
                Interlocked.Increment(ref sweeps);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        var parts = Enumerable.Range(0, 4).Select(seed => Task.Factory.StartNew(() => Live(new Random(seed), 200),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        var names = (await Task.WhenAll(parts)).SelectMany(n => n).ToList();
        await stop.CancelAsync();
        await Task.WhenAll(sweepers);
        swept += LeakedNames.Sweep(Runtime);
        Assert.InRange(sweeps, 10, int.MaxValue);
        Assert.InRange(swept, 100, int.MaxValue);
        Assert.Empty(Directory.GetDirectories(Campaigns));
        Assert.DoesNotContain(names, Exists);
    }

    /// <summary>Campaigns one after the other, of one or two processes, which end in good order or are killed.</summary>
    private List<string> Live(Random random, int rounds)
    {
        var names = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            var first = CampaignManifest.Start(Runtime);
            var firsts = Make(first);
            names.Add(firsts);
            if (random.Next(3) == 0)
            {
                var second = CampaignManifest.Join(Runtime, first.Name);
                var isKilled = random.Next(2) == 0;
                if (isKilled) first.Die();
                var seconds = Make(second);
                names.Add(seconds);
                CampaignManifest.Join(Runtime, first.Name).Leave();
                // Killed or not, the first one's name lives with the second.
                Assert.True(Exists(firsts) && Exists(seconds));
                End(second, random);
                if (isKilled) continue;
            }

            Assert.True(Exists(firsts));
            End(first, random);
        }

        return names;
    }

    private static void End(CampaignManifest manifest, Random random)
    {
        if (random.Next(2) == 0) manifest.Leave();
        else manifest.Die();
    }

    /// <summary>A campaign of a killed process, and the name that it left.</summary>
    private (string Campaign, string Name) Abandoned()
    {
        var manifest = CampaignManifest.Start(Runtime);
        var name = Make(manifest);
        manifest.Die();
        return (manifest.Name, name);
    }

    /// <summary>Lists a name, then creates it.</summary>
    private static string Make(CampaignManifest manifest)
    {
        var name = RandomName();
        manifest.TryList(ListedName.Posix(name));
        using var file = LibcPosixShm.Open(name, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC);
        Assert.False(file.IsInvalid);
        return name;
    }

    private static bool Exists(string name) => File.Exists("/dev/shm" + name);

    private static string RandomName() => PosixObject.NamePrefix + RandomNumberGenerator.GetString(ShMemName.Base32Digits, 20);
}

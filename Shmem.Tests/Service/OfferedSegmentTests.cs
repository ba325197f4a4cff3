using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>
/// memfd segments that their creator's service hands out where the id does not lead to them. DESIGN: "The error names the cause; where the description names a service, it is
/// asked instead." What keeps a process away is made for real, as for <see cref="MemfdDeniedTests"/>, whose openers have no service to ask.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class OfferedSegmentTests : IDisposable
{
    private const string User = "--reuid=54321 --regid=54321 --clear-groups";
    private const string Name = "offers";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_process_without_the_owners_capability_gets_it_from_the_service()
    {
        await using var owner = await Start([.. As(User), "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"]);
        await using var opener = await Start(As(User));
        await Reaches(owner, opener, "Denied");
    }

    [Fact]
    public async Task A_process_in_another_user_namespace_gets_it_from_the_service()
    {
        await using var owner = await Start(As(User));
        await using var opener = await Start([.. As(User), Require.Tool("unshare"), "--user", "--map-current-user"]);
        await Reaches(owner, opener, "Denied");
    }

    [Fact]
    public async Task A_process_in_another_pid_namespace_gets_it_from_the_service()
    {
        Require.Root();
        await using var owner = await Start([]);
        await using var opener = await Start([Require.Tool("unshare"), "--pid", "--fork", "--kill-child", "--mount-proc"]);
        await Reaches(owner, opener, "NotFound");
    }

    [Fact]
    public async Task The_segment_of_an_owner_that_is_not_dumpable_comes_from_the_service_and_is_kept_beyond_its_view_until_it_is_withdrawn()
    {
        await using var owner = await Start(As(User));
        await using var opener = await Start(As(User));
        Assert.Equal("ok", await owner.Ask($"not-dumpable"));
        var id = await Reaches(owner, opener, "Denied");

        Assert.Equal("ok", await owner.Ask($"dispose 0"));
        Assert.StartsWith("ok", await opener.Ask($"open {id} 100 named-by {Name}"));
        Assert.Equal("ok True", await owner.Ask($"withdraw 0"));
        Assert.Equal("ok False", await owner.Ask($"withdraw 0"));
        // Who has it keeps it, and could open it again: the service forgets it with its last holder.
        Assert.Equal("7", await opener.Ask($"read 1 99"));
        for (var view = 0; view < 2; view++) Assert.Equal("ok", await opener.Ask($"dispose {view}"));
        var refused = await opener.Ask($"open {id} 100 named-by {Name}");
        Assert.StartsWith("refused Denied", refused);
        Assert.Contains("is not dumpable", refused);
        Assert.Contains($"service '{Name}' has no such segment", refused);
    }

    [Fact]
    public async Task Where_the_id_leads_to_it_no_service_is_asked()
    {
        await using var owner = await Start([]);
        await using var opener = await Start([]);
        var created = (await owner.Ask($"create memfd 100")).Split(' ');
        Assert.StartsWith("ok", await opener.Ask($"open {created[1]} 100 named-by nobody"));
        await owner.Kill();
        var refused = await opener.Ask($"open {created[1]} 100 named-by nobody");
        Assert.StartsWith("refused NotFound", refused);
        Assert.Contains($"process {owner.Pid}, is dead", refused);
        Assert.Contains("service 'nobody'", refused);
    }

    [Fact]
    public void Only_a_memfd_segment_of_this_process_can_be_offered_and_only_by_a_service_that_serves()
    {
        using var fixture = new ServiceFixture();
        using var posix = new PosixShMemProvider().Create(100);
        Assert.Equal(ShMemError.Unsupported, Assert.Throws<ShMemException>(() => fixture.Service.Offer(posix)).Error);
        using var own = new MemfdShMemProvider().Create(100);
        using var opened = new MemfdShMemProvider().Open(own.Description);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => fixture.Service.Offer(opened)).Error);
        var disposed = new MemfdShMemProvider().Create(100);
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Service.Offer(disposed));
        Assert.False(fixture.Service.Withdraw(own.Id));

        Assert.Equal(own.Description with { Service = ServiceFixture.Name }, fixture.Service.Offer(own));
        Assert.Equal(own.Description with { Service = ServiceFixture.Name }, fixture.Service.Offer(own));
        Assert.Equal(1, fixture.Service.Counts.Segments);
        fixture.Service.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Service.Offer(own));
        Assert.Throws<ObjectDisposedException>(() => fixture.Service.Withdraw(own.Id));
    }

    [Fact]
    public async Task What_is_handed_out_keeps_its_size_its_kind_and_its_leases()
    {
        using var fixture = new ServiceFixture();
        using var once = new MemfdShMemProvider().Create(100, new ShMemCreateOptions { Kind = ShMemKind.PublishOnce });
        once.Span[0] = 5;
        var offered = fixture.Service.Offer(once);
        using var connection = ServiceConnection.Open(fixture.SocketPath, ServiceFixture.Name, ServiceFixture.Patience, "test");
        Assert.Equal(ShMemError.TooSmall, Assert.Throws<ShMemException>(() => connection.Open(offered with { Size = 101 }, ShMemAccess.Read)).Error);
        var refused = Assert.Throws<ShMemException>(() => connection.Open(offered, ShMemAccess.ReadWrite));
        Assert.Equal(ShMemError.Denied, refused.Error);
        Assert.Contains("published once", refused.Message);

        var view = connection.Open(offered, ShMemAccess.Read);
        Assert.Equal((5, offered), (view.Span[0], view.Description));
        Assert.True(fixture.Service.Withdraw(once.Id));
        Assert.Equal(1, fixture.Service.Counts.Segments);
        view.Dispose();
        await fixture.HasSegments(0);
    }

    // A segment that others may cut off kills its readers by SIGBUS.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_file_than_the_one_that_the_id_names_is_refused(bool isSegment)
    {
        var run = RuntimeFolder.Open(_folder["run"]);
        run.Subfolder(Name);
        using var service = new RawService(ServiceSocket.PathOf(run, Name));
        using var wanted = new MemfdShMemProvider().Create(100);
        using var other = new MemfdShMemProvider().Create(100);
        using var file = File.Create(_folder["file"]);
        file.SetLength(100);
        var opening = Task.Run(() => ServiceConnection.Open(ServiceSocket.PathOf(run, Name), Name, ServiceFixture.Patience, "test").Open(wanted.Description, ShMemAccess.Read));
        await service.Welcome(FrameWriter.HeaderSize + ShMemId.Size);
        service.Send(RawService.Granted($"{wanted.Id}", 100), isSegment ? int.Parse(other.Id.Rest.Split('.')[1]) : (int)file.SafeFileHandle.DangerousGetHandle());
        // It gives back what it cannot use.
        await service.Request(FrameWriter.HeaderSize + ShMemId.Size);
        service.Send(new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Released).End());
        var refused = await Assert.ThrowsAsync<ShMemException>(() => opening);
        Assert.Equal(ShMemError.NotFound, refused.Error);
        Assert.Contains("is something else by now", refused.Message);
    }

    /// <summary>Opens what the id alone does not open, and sees through it what the owner wrote, and the other way round.</summary>
    /// <returns>The id.</returns>
    private static async Task<string> Reaches(PeerSession owner, PeerSession opener, string refusal)
    {
        var id = (await owner.Ask($"create memfd 100")).Split(' ')[1];
        Assert.Equal("ok", await owner.Ask($"start-service {Name} memfd"));
        Assert.StartsWith($"refused {refusal}", await opener.Ask($"open {id} 100"));
        Assert.StartsWith($"refused {refusal}", await opener.Ask($"open {id} 100 named-by {Name}"));
        Assert.Equal($"ok {Name}", await owner.Ask($"offer 0"));
        Assert.Equal($"ok {id} 100", await opener.Ask($"open {id} 100 named-by {Name}"));
        await owner.Ask($"write 0 99 7");
        Assert.Equal("7", await opener.Ask($"read 0 99"));
        await opener.Ask($"write 0 0 8");
        Assert.Equal("8", await owner.Ask($"read 0 0"));
        return id;
    }

    /// <summary>A peer whose run-time folder is the test's own, whoever it runs as.</summary>
    private Task<PeerSession> Start(string[] wrapper)
    {
        File.SetUnixFileMode(_folder.FullPath, (UnixFileMode)0b111_111_111);
        return PeerSession.Start(wrapper, start =>
        {
            start.Environment["HOME"] = "/nonexistent";
            start.Environment[RuntimeFolder.Variable] = _folder["run"];
        });
    }

    private static string[] As(string options)
    {
        Require.Root();
        Require.ReadableByOthers(PeerSession.Assembly);
        return [Require.Tool("setpriv"), .. options.Split(' ')];
    }
}

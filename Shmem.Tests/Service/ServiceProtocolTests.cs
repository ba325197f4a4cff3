using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>What a service answers to requests that our client never sends, and that nobody else notices them.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
public sealed class ServiceProtocolTests : IDisposable
{
    private readonly ServiceFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    // LESSONS: "one global abstract socket per network namespace".
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task Services_of_one_name_in_two_folders_do_not_meet()
    {
        using var other = new ServiceFixture();
        using var ours = _fixture.Provider.Create(100);
        await _fixture.HasSegments(1);
        await other.HasSegments(0);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => other.Provider.Open(ours.Description)).Error);
        using var theirs = other.Provider.Create(200);
        await _fixture.HasSegments(1);
        await other.HasSegments(1);
        Assert.NotEqual(ours.Id, theirs.Id);
        using var again = _fixture.Provider.Open(ours.Description);
        Assert.Equal(100, again.Length);
    }

    // LESSONS: "a failed request is logged and never answered, the client waits for ever"; "served provider: size 0, size 2^62, an unknown id: client hangs".
    [Theory]
    [InlineData(0, ShMemError.Invalid)]
    [InlineData(-1, ShMemError.Invalid)]
    [InlineData(long.MinValue, ShMemError.Invalid)]
    [InlineData(1L << 62, ShMemError.LimitReached)]
    [InlineData(long.MaxValue, ShMemError.LimitReached)]
    public void A_size_that_cannot_be_is_refused_and_the_connection_goes_on(long size, ShMemError error)
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Contains($"{size} bytes", client.Refused(error, RawClient.Create(size)).Message);
        Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
    }

    // LESSONS: "served provider: size 0, size 2^62, an unknown id: client hangs"; "a stale id panics the service thread".
    [Theory]
    [InlineData("served:test/1")]
    [InlineData("served:test/18446744073709551615")]
    [InlineData("served:other/1")]
    [InlineData("memfd:1.2.3")]
    [InlineData("x:y")]
    public void An_unknown_id_is_refused_and_the_connection_goes_on(string id)
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Contains(id, client.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Open, ShMemId.Parse(id))).Message);
        Assert.Contains(id, client.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Release, ShMemId.Parse(id))).Message);
        Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
    }

    // LESSONS: "served provider: id of a dropped map, PostFork without PreFork: service thread dies, with it every client".
    [Fact]
    public void The_id_of_a_dropped_map_is_refused_to_everybody_and_all_go_on()
    {
        using var bystander = _fixture.Provider.Create(100);
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        var (_, id, _) = client.Ask(RawClient.Create(100));
        Assert.Equal(FrameKind.Released, client.Ask(RawClient.Of(FrameKind.Release, id)).Kind);
        client.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Release, id));
        client.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Open, id));
        using var other = RawClient.Welcomed(_fixture.SocketPath);
        other.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Open, id));
        using var again = _fixture.Provider.Open(bystander.Description);
        Assert.Equal(100, again.Length);
    }

    // DESIGN: "Releasing what is not held is an error answer and changes nothing."
    [Fact]
    public void Releasing_what_another_connection_holds_is_refused_and_changes_nothing()
    {
        using var held = _fixture.Provider.Create(100);
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        client.Refused(ShMemError.NotFound, RawClient.Of(FrameKind.Release, held.Id));
        using var again = _fixture.Provider.Open(held.Description);
        Assert.Equal(100, again.Length);
    }

    // LESSONS: "a stranger's first message is `Exit`: the service stops"; LibAFL 246; "PostFork without PreFork".
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(0xFFFF)]
    public void A_message_that_is_no_request_is_refused_and_the_service_lives(ushort kind)
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        client.Refused(ShMemError.Invalid, RawClient.Frame(8, FrameWriter.Version, kind));
        Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
        _fixture.Provider.Create(100).Dispose();
    }

    // LESSONS: "a stranger's first message is `Exit`: refused: peer's uid"; "one global abstract socket per network namespace, no peer check".
    [Fact]
    [Trait("Needs", "Unix")]
    [SupportedOSPlatform("linux")]
    public async Task Another_user_is_refused_whatever_it_says()
    {
        Require.Root();
        // As if the folder's mode had not kept it out.
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(_fixture.Folder.Path, mode);
        File.SetUnixFileMode(Path.GetDirectoryName(_fixture.SocketPath)!, mode);
        File.SetUnixFileMode(_fixture.SocketPath, (UnixFileMode)0x1FF);
        const string program = """
            use Socket;
            socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
            connect($s, sockaddr_un($ARGV[0])) or die "connect: $!";
            $SIG{PIPE} = 'IGNORE';
            syswrite($s, pack('VvvVV', 16, 1, 2, 100, 0));
            my $all = '';
            while (sysread($s, my $part, 4096)) { $all .= $part }
            print unpack('H*', $all);
            """;
        var answer = Convert.FromHexString(await Tool.Run(Require.Tool("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups",
            Require.Tool("perl"), "-e", program, _fixture.SocketPath));
        Assert.True(FrameReader.TryBegin(answer, out var frame) && frame.IsWhole);
        Assert.Equal(answer.Length, frame.Length);
        Assert.True(frame.TryReadRefusal("test", out var refused));
        Assert.Equal(ShMemError.Denied, refused!.Error);
        Assert.Contains("user 65534", refused.Message);
        await _fixture.HasSegments(0);
    }

    // LESSONS: "a 128 MiB cap for a request of a few bytes".
    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(4097)]
    [InlineData(128 << 20)]
    [InlineData(int.MaxValue)]
    public void A_length_that_no_request_has_is_refused_and_ends_that_connection_alone(int length)
    {
        using var bystander = RawClient.Welcomed(_fixture.SocketPath);
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Contains($"{length} bytes", client.Refused(ShMemError.Invalid, RawClient.Frame(length, FrameWriter.Version, 2)).Message);
        Assert.True(client.IsEnded());
        Assert.Equal(FrameKind.Granted, bystander.Ask(RawClient.Create(100)).Kind);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(4096)]
    public void A_body_of_another_length_than_its_kind_has_is_refused_and_the_connection_goes_on(int length)
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        foreach (var kind in Enum.GetValues<FrameKind>())
            client.Refused(ShMemError.Invalid, RawClient.Frame(length, FrameWriter.Version, (ushort)kind, new byte[length - 8]));
        Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
    }

    [Fact]
    public void Another_version_is_refused_by_its_number()
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Contains("version 2", client.Refused(ShMemError.Unsupported, RawClient.Frame(16, 2, 2, new byte[8])).Message);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public void A_request_in_single_bytes_and_two_in_one_piece_are_answered_alike()
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        foreach (var b in RawClient.Create(100)) client.Send([b]);
        Assert.Equal(FrameKind.Granted, client.Receive().Kind);
        client.Send([.. RawClient.Create(100), .. RawClient.Create(0), .. RawClient.Create(100)]);
        Assert.Equal(FrameKind.Granted, client.Receive().Kind);
        Assert.Equal(FrameKind.Refused, client.Receive().Kind);
        Assert.Equal(FrameKind.Granted, client.Receive().Kind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    public async Task A_client_that_dies_in_the_middle_of_a_request_leaves_nothing(int sent)
    {
        using (var client = RawClient.Welcomed(_fixture.SocketPath))
        {
            Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
            client.Send(RawClient.Create(100)[..sent]);
            await _fixture.HasSegments(1);
        }

        await _fixture.HasConnections(0);
        await _fixture.HasSegments(0);
        _fixture.Provider.Create(100).Dispose();
    }

    [Fact]
    public async Task A_client_that_asks_and_never_reads_is_ended_and_its_segments_with_it()
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Equal(FrameKind.Granted, client.Ask(RawClient.Create(100)).Kind);
        await _fixture.HasSegments(1);
        var request = RawClient.Create(0);
        // Refusals fill what the socket holds; the service waits for nobody.
        for (var sent = 0; client.TrySend(request); sent++) Assert.True(sent < 100_000_000, "the service still holds the connection");
        await _fixture.HasConnections(0);
        await _fixture.HasSegments(0);
        _fixture.Provider.Create(100).Dispose();
    }

    [Fact]
    [Trait("Needs", "Unix")]
    public void A_descriptor_that_a_client_sends_is_closed()
    {
        using var client = RawClient.Welcomed(_fixture.SocketPath);
        using var folder = new Shmem.Tests.Output.TemporaryFolder();
        var path = folder.Write("sent", [1]);
        using (var file = File.OpenHandle(path))
        {
            client.Send(RawClient.Create(100), (int)file.DangerousGetHandle());
            Assert.Equal(FrameKind.Granted, client.Receive().Kind);
        }

        Assert.DoesNotContain(path, Footprint.Links("/proc/self/fd"));
    }
}

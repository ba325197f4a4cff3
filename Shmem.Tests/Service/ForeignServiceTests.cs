using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>What a client refuses of whoever listens at its service's socket, though the folder's mode should keep strangers out.</summary>
[SupportedOSPlatform("linux")]
public sealed class ForeignServiceTests : IDisposable
{
    private const string Service = "test";

    /// <summary>Welcomes whoever connects, says how many bytes it asks with, and ends.</summary>
    private const string Listener = """
        use Socket;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
        bind($s, sockaddr_un($ARGV[0])) or die "bind: $!";
        listen($s, 8) or die "listen: $!";
        $| = 1;
        print "listening\n";
        accept(my $client, $s) or die "accept: $!";
        syswrite($client, pack('Vvv', 8, 1, 1));
        # Undefined where the client has left with our greeting unread (ECONNRESET): then it has asked nothing.
        my $asked = sysread($client, my $request, 4096) // 0;
        print "asked with $asked bytes\n";
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly RuntimeFolder _run;
    private readonly string _path;

    public ForeignServiceTests()
    {
        _run = RuntimeFolder.Open(_folder["run"]);
        _run.Subfolder(Service);
        _path = ServiceSocket.PathOf(_run, Service);
    }

    private ServedShMemProvider Provider => new(Service, _run.Path, ServiceFixture.Patience);

    public void Dispose() => _folder.Dispose();

    // LESSONS: "no peer check".
    [Fact]
    public async Task A_service_of_another_user_is_refused_and_is_asked_nothing()
    {
        Require.Root();
        // A capability lets the stranger into our folder.
        var (refused, said) = await CreateAt([Require.Tool("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups",
            "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
        Assert.Equal((ShMemError.Denied, "asked with 0 bytes"), (refused.Error, said));
        Assert.Contains("user 65534", refused.Message);
        Assert.Contains("as one user", refused.Remedy);
    }

    [Fact]
    public async Task The_same_program_of_our_own_user_is_asked()
    {
        var (refused, said) = await CreateAt([]);
        Assert.Equal((ShMemError.NotFound, "asked with 16 bytes"), (refused.Error, said));
    }

    // On Linux the room for one descriptor, which its padding makes larger, takes two; of more the kernel says that it had to cut the message.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task An_answer_with_several_descriptors_is_refused_and_all_are_closed(int count)
    {
        using var service = new RawService(_path);
        var refused = await Refused(service, files => service.Send(RawService.Granted("served:test/1", 100), [.. Enumerable.Repeat(files[0], count)]));
        // It is the peer that is wrong, and no limit of ours.
        Assert.Equal(ShMemError.Os, refused.Error);
        Assert.Contains("answers in a way that version 1 of its protocol does not have", refused.Message);
    }

    [Fact]
    public async Task An_answer_in_two_pieces_with_a_descriptor_each_is_refused_and_both_are_closed()
    {
        using var service = new RawService(_path);
        var refused = await Refused(service, files =>
        {
            var answer = RawService.Granted("served:test/1", 100);
            service.Send(answer.AsSpan(..20), files[0]);
            service.Send(answer.AsSpan(20..), files[0]);
        });
        Assert.Equal(ShMemError.Os, refused.Error);
        Assert.Contains("answers in a way that version 1 of its protocol does not have", refused.Message);
    }

    [Fact]
    public async Task A_service_that_answers_byte_by_byte_is_waited_for_no_longer_than_one_that_does_not()
    {
        using var service = new RawService(_path);
        using var hasty = await OpenHasty(service);
        var creates = Task.Run(() => Assert.Throws<ShMemException>(() => hasty.Create(100)));
        await service.Request(16);
        // A frame of the greatest length there is, whose rest comes at a pace that would take minutes.
        var frame = new byte[FrameWriter.Largest];
        new FrameWriter(frame, FrameKind.Granted).End();
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < frame.Length && !creates.IsCompleted; i++)
        {
            service.TrySend(frame.AsSpan(i, 1));
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(creates.IsCompleted);
        Assert.Contains("has not answered for 1 s", (await creates).Message);
    }

    [Fact]
    public async Task An_answer_with_one_descriptor_is_taken()
    {
        using var service = new RawService(_path);
        var creates = Task.Run(() => Provider.Create(100));
        await service.Welcome(16);
        using (var file = File.OpenHandle(_folder.Write("segment", new byte[100]), FileMode.Open, FileAccess.ReadWrite))
            service.Send(RawService.Granted("served:test/1", 100), (int)file.DangerousGetHandle());
        var segment = await creates.WaitAsync(ServiceFixture.Patience, TestContext.Current.CancellationToken);
        segment.Span[99] = 7;
        Assert.Equal(7, (await File.ReadAllBytesAsync(_folder["segment"], TestContext.Current.CancellationToken))[99]);
        // The raw service answers no more: without it the segment's end waits for nobody.
        service.Dispose();
        segment.Dispose();
    }

    /// <summary>A connection that bears with the service for a second only. Where the welcome took longer than that, another is opened: it is not what is looked at.</summary>
    private async Task<ServiceConnection> OpenHasty(RawService service)
    {
        for (var watch = Stopwatch.StartNew();;)
        {
            var opens = Task.Run(() => ServiceConnection.Open(_path, Service, TimeSpan.FromSeconds(1), "test"));
            await service.Welcome();
            try
            {
                return await opens;
            }
            catch (ShMemException e) when (e.Message.Contains("has not answered", StringComparison.Ordinal) && watch.Elapsed < ServiceFixture.Patience)
            {
                // It has left, and the next one comes.
            }
        }
    }

    /// <summary>Asks a service whose answers are sent as told; checks that the connection is ended and none of its descriptors left.</summary>
    private async Task<ShMemException> Refused(RawService service, Action<int[]> answer)
    {
        var path = _folder.Write("segment", new byte[100]);
        var creates = Task.Run(() => Assert.Throws<ShMemException>(() => Provider.Create(100)));
        await service.Welcome(16);
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite)) answer([(int)file.DangerousGetHandle()]);
        var refused = await creates.WaitAsync(ServiceFixture.Patience, TestContext.Current.CancellationToken);
        await service.IsLeft();
        Assert.DoesNotContain(path, Footprint.Links("/proc/self/fd"));
        Assert.DoesNotContain(path, await File.ReadAllTextAsync("/proc/self/maps", TestContext.Current.CancellationToken));
        return refused;
    }

    /// <summary>What the client says of a program that listens at the socket, and what that says of the client.</summary>
    private async Task<(ShMemException Refused, string? Said)> CreateAt(string[] wrapper)
    {
        string[] command = [.. wrapper, Require.Tool("perl"), "-e", Listener, _path];
        using var listener = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("listening", await Line());
            return (Assert.Throws<ShMemException>(() => Provider.Create(100)), await Line());
        }
        finally
        {
            listener.Kill();
        }

        Task<string?> Line() => listener.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(ServiceFixture.Patience, TestContext.Current.CancellationToken);
    }
}

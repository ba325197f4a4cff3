using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Tests.Backends;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>
/// Segments by ASharedMemory_create, against a libandroid.so of our own that keeps what the NDK's android/sharedmem.h says of its functions. As on newer
/// Androids there is a sealed memfd behind it (libcutils, ashmem-dev.cpp). A process of its own loads it, by LD_LIBRARY_PATH.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LibandroidTests : IDisposable
{
    /// <summary>
    /// STUB_CREATE and STUB_SETPROT are the error numbers with which the functions fail; a negative one is returned. With STUB_DEVICE what is made is a device, as on
    /// older Androids, whose file has no length.
    /// </summary>
    private const string Source = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static int failure(const char *variable) { const char *value = getenv(variable); return value ? atoi(value) : 0; }
        int ASharedMemory_create(const char *name, size_t size) {
            int error = failure("STUB_CREATE");
            if (error < 0) return error;
            if (error > 0) { errno = error; return -1; }
            /* "or -EINVAL if the error is that size was 0" */
            if (size == 0) return -EINVAL;
            char text[64];
            snprintf(text, sizeof text, "android-%s", name ? name : "none");
            if (failure("STUB_DEVICE")) return open("/dev/zero", O_RDWR | O_CLOEXEC);
            int file = memfd_create(text, MFD_CLOEXEC | MFD_ALLOW_SEALING);
            if (file < 0) return -1;
            if (ftruncate(file, (off_t)size) || fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK)) { close(file); return -1; }
            return file;
        }
        #ifndef WITHOUT_SETPROT
        int ASharedMemory_setProt(int file, int prot) {
            struct stat status;
            int error = failure("STUB_SETPROT");
            if (!error && (fstat(file, &status) || prot != (PROT_READ | PROT_WRITE))) error = EINVAL;
            if (error) { errno = error; return -1; }
            return 0;
        }
        #endif
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceFixture _fixture = new();

    public LibandroidTests() => _fixture.Service.Dispose();

    public void Dispose()
    {
        _fixture.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_service_makes_its_segments_by_it_and_processes_share_them()
    {
        await using var server = await Server();
        using var segment = _fixture.Provider.Create(100_003);
        // The region of the stub, by the name that it was given, and nothing else.
        Assert.Contains(File.ReadLines("/proc/self/maps"), l => l.EndsWith("/memfd:android-shmem (deleted)", StringComparison.Ordinal));
        Assert.Equal(1, Regions(server));
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        await using var peer = await PeerSession.Start([], _fixture.Announce);
        await TwoProcesses.AssertBothWrite(segment, segment.Id, peer);
        Assert.Contains("real size is 100003 bytes", await peer.Ask($"open {segment.Id} 100004"));
        await peer.Kill();
        segment.Dispose();
        // The answer to a later request: all before it is done.
        Assert.Throws<ShMemException>(() => _fixture.Provider.Open(segment.Description));
        Assert.Equal(0, Regions(server));
    }

    // The device tells no size above 2 GiB less one; the library has no such limit.
    [Fact]
    public async Task A_region_may_be_longer_than_2_GiB()
    {
        const long size = (3L << 30) + 1;
        await using var server = await Server();
        using var segment = _fixture.Provider.Create(size);
        segment.Slice(size - 1, 1)[0] = 5;
        using var again = _fixture.Provider.Open(segment.Description);
        Assert.Equal(5, again.Slice(size - 1, 1)[0]);
    }

    [Fact]
    public async Task A_region_of_the_device_longer_than_that_is_refused_and_given_back()
    {
        await using var server = await Server(variables: ("STUB_DEVICE", "1"));
        var refused = Assert.Throws<ShMemException>(() => _fixture.Provider.Create(1L << 31));
        Assert.Equal(ShMemError.LimitReached, refused.Error);
        Assert.Contains("an ashmem region has at most 2147483647 bytes", refused.Message);
        Assert.DoesNotContain("/dev/zero", Footprint.Links($"/proc/{server.Pid}/fd"));
    }

    [Theory]
    [InlineData("STUB_CREATE", 12, ShMemError.LimitReached, "ASharedMemory_create")]
    [InlineData("STUB_CREATE", -12, ShMemError.LimitReached, "ASharedMemory_create")]
    [InlineData("STUB_CREATE", -22, ShMemError.Os, "ASharedMemory_create")]
    [InlineData("STUB_SETPROT", 13, ShMemError.Denied, "ASharedMemory_setProt")]
    public async Task A_failure_of_either_function_is_told_by_its_name_and_number_and_leaves_nothing(string variable, int failure, ShMemError error, string call)
    {
        await using var server = await Server(variables: (variable, $"{failure}"));
        for (var i = 0; i < 3; i++)
        {
            var refused = Assert.Throws<ShMemException>(() => _fixture.Provider.Create(100));
            Assert.Equal((error, Math.Abs(failure)), (refused.Error, refused.Errno));
            Assert.Contains($"create served segment of 100 bytes: {call}: ", refused.Message);
            Assert.NotEmpty(refused.Remedy);
        }

        Assert.Equal(0, Regions(server));
    }

    [Fact]
    public async Task A_library_without_one_of_the_functions_is_as_none()
    {
        Assert.SkipWhen(Shmem.Backends.Ashmem.AshmemRegion.Present.Count > 0, "this machine has the device: .ci/ashmem");
        await using var server = await Server("-DWITHOUT_SETPROT");
        Assert.Equal(ShMemError.Unsupported, Assert.Throws<ShMemException>(() => _fixture.Provider.Create(100)).Error);
    }

    private async Task<PeerSession> Server(string define = "-DWITH_ALL", params (string Name, string Value)[] variables)
    {
        var (compiler, source) = (Require.Tool("cc"), _folder["libandroid.c"]);
        await File.WriteAllTextAsync(source, Source, TestContext.Current.CancellationToken);
        await Tool.Run(compiler, "-Wall", "-Werror", "-shared", "-fPIC", define, "-o", _folder["libandroid.so"], source);
        var server = await PeerSession.Start([], start =>
        {
            _fixture.Announce(start);
            start.Environment["LD_LIBRARY_PATH"] = _folder.FullPath;
            foreach (var (name, value) in variables) start.Environment[name] = value;
        });
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} ashmem"));
        return server;
    }

    /// <summary>Descriptors of regions that the process has.</summary>
    private static int Regions(PeerSession server) => Footprint.Links($"/proc/{server.Pid}/fd").Count(l => l.Contains("memfd:android-", StringComparison.Ordinal));
}

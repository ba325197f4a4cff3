using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// The path of macOS against a C library that has macOS's limits (XNU, bsd/kern/posix_shm.c): names of at most 31 bytes with their NUL, one ftruncate in
/// an object's life, a size in whole pages, and no posix_fallocate. It stands in front of this system's in a process of its own.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PosixShmUnderMacOSLimitsTests : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>
        static void *real(const char *name) { return dlsym(dlopen("libc.so.6", RTLD_NOW), name); }
        static void told(const char *call, const char *name, long number) {
            FILE *file = fopen(getenv("STUB_CALLS"), "a");
            fprintf(file, "%s %s %ld\n", call, name, number);
            fclose(file);
        }
        int shm_open(const char *name, int flags, mode_t mode) {
            told("shm_open", name, flags & (O_CREAT | O_EXCL) ? 1 : 0);
            if (strlen(name) + 1 > 31) { errno = ENAMETOOLONG; return -1; }
            static int taken = -1;
            if (taken < 0) taken = getenv("STUB_TAKEN") ? atoi(getenv("STUB_TAKEN")) : 0;
            if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) && taken > 0) { taken--; errno = EEXIST; return -1; }
            return ((int (*)(const char *, int, mode_t))real("shm_open"))(name, flags, mode);
        }
        int shm_unlink(const char *name) { told("shm_unlink", name, 0); return ((int (*)(const char *))real("shm_unlink"))(name); }
        int ftruncate(int file, off_t length) {
            struct stat status;
            told("ftruncate", "", (long)length);
            if (fstat(file, &status) || status.st_size != 0) { errno = EINVAL; return -1; }
            long page = sysconf(_SC_PAGESIZE);
            return ((int (*)(int, off_t))real("ftruncate"))(file, (length + page - 1) / page * page);
        }
        int posix_fallocate(int file, off_t offset, off_t length) { told("posix_fallocate", "", (long)length); return ENOSYS; }
        """;

    private readonly TemporaryFolder _folder = new();

    private string Calls => _folder["calls"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_segment_is_made_shared_and_removed_within_them()
    {
        await using var peer = await Start();
        var id = (await peer.Ask($"create-as-on-macos 100003")).Split(' ')[1];
        var name = id.Split(':')[1];
        Assert.Equal([$"shm_open {name} 1", "ftruncate  100003"], await File.ReadAllLinesAsync(Calls, TestContext.Current.CancellationToken));
        using (var here = new StdShMemProvider().Open(new ShMemDescription(ShMemId.Parse(id), 100_003)))
        {
            here.Span[^1] = 7;
            Assert.Equal("7", await peer.Ask($"read 0 100002"));
        }

        Assert.Equal($"ok {id} 100003", await peer.Ask($"open {id} 100003 read"));
        Assert.Equal("7", await peer.Ask($"read 1 100002"));
        // The system counts whole pages there: what is too much shows only beyond the last one.
        var pages = (100_003 + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        Assert.Equal($"ok {id} {pages}", await peer.Ask($"open {id} {pages}"));
        Assert.StartsWith("refused TooSmall", await peer.Ask($"open {id} {pages + 1}"));
        Assert.Equal("ok", await peer.Ask($"dispose 0"));
        Assert.Equal($"shm_unlink {name} 0", (await File.ReadAllLinesAsync(Calls, TestContext.Current.CancellationToken))[^1]);
        Assert.False(File.Exists("/dev/shm" + name));
    }

    // What services are there: names that go at once, and descriptors that are handed over.
    [Fact]
    public async Task A_service_makes_its_segments_within_them()
    {
        await using var peer = await Start();
        Assert.Equal("ok", await peer.Ask($"start-service test posix-as-on-macos"));
        var provider = new ServedShMemProvider("test", _folder["run"], TimeSpan.FromSeconds(60));
        using (var segment = provider.Create(100_003))
        using (var again = provider.Open(segment.Description))
        {
            segment.Span[^1] = 7;
            Assert.Equal(7, again.Span[^1]);
        }

        var calls = await File.ReadAllLinesAsync(Calls, TestContext.Current.CancellationToken);
        var name = calls[0].Split(' ')[1];
        Assert.Equal([$"shm_open {name} 1", $"shm_unlink {name} 0", "ftruncate  100003"], calls);
    }

    // LESSONS: "names cut to 18 bytes: long pids leave few random digits, collisions: exclusive create, retry on EEXIST".
    [Theory]
    [InlineData(7, "ok posix:/shmem-")]
    [InlineData(8, "refused Os create posix segment of 100003 bytes: shm_open: ")]
    public async Task A_name_that_is_taken_is_followed_by_another_and_after_eight_of_them_it_is_told(int taken, string answer)
    {
        await using var peer = await Start(taken);
        Assert.StartsWith(answer, await peer.Ask($"create-as-on-macos 100003"));
        var names = (await File.ReadAllLinesAsync(Calls, TestContext.Current.CancellationToken)).Where(call => call.StartsWith("shm_open ", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, names.Count);
        Assert.Equal(8, names.Distinct().Count());
        // There nothing else would remove it.
        if (taken == 7) Assert.Equal("ok", await peer.Ask($"dispose 0"));
    }

    // That the limits are met at all: Linux' own path needs what macOS has not.
    [Fact]
    public async Task Linux_own_path_does_not_work_there()
    {
        await using var peer = await Start();
        var refused = await peer.Ask($"create posix 100003");
        Assert.StartsWith("refused Unsupported create posix segment of 100003 bytes: posix_fallocate: ", refused);
        var calls = await File.ReadAllLinesAsync(Calls, TestContext.Current.CancellationToken);
        Assert.Contains("posix_fallocate  100003", calls);
        Assert.StartsWith("shm_unlink /shmem-", calls[^1]);
    }

    private async Task<PeerSession> Start(int taken = 0)
    {
        var (compiler, source) = (Require.Tool("cc"), _folder["limits.c"]);
        await File.WriteAllTextAsync(source, Source, TestContext.Current.CancellationToken);
        // The name that .NET looks for first when it is asked for "libc".
        await Tool.Run(compiler, "-Wall", "-Werror", "-shared", "-fPIC", "-o", _folder["libc.so"], source);
        return await PeerSession.Start([], start =>
        {
            start.Environment["LD_LIBRARY_PATH"] = _folder.FullPath;
            start.Environment["STUB_CALLS"] = Calls;
            start.Environment["STUB_TAKEN"] = $"{taken}";
            start.Environment["SHMEM_TEST_FRESH"] = "1";
            start.Environment["SHMEM_RUNTIME_DIR"] = _folder["run"];
        });
    }
}

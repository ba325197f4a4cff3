using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Sample.Fuzzer.Instrumentation;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>Every native constant and offset of Shmem.Backends/Interop, and of the fuzzer's LowView, compared with what a C program of this machine says.</summary>
public sealed partial class NativeConstantTests
{
    /// <summary>Where the constants come from; a new family of calls adds its header.</summary>
    private static readonly string[] Headers =
    [
        "errno.h", "fcntl.h", "linux/futex.h", "poll.h", "signal.h", "stddef.h", "stdint.h", "stdio.h", "sys/file.h", "sys/ipc.h", "sys/mman.h", "sys/prctl.h",
        "sys/resource.h", "sys/shm.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h", "sys/un.h", "sys/wait.h", "unistd.h",
    ];

    [Fact]
    public async Task Constants_are_those_of_the_headers()
    {
        // What stands in the table of the system is also what is used: then it is there twice, and equal.
        var ours = Constants().Distinct().ToDictionary();
        Assert.InRange(ours.Count, 30, int.MaxValue);
        Assert.Equal(ours, await Compiled(ours.Keys.ToDictionary(name => name, name => name)));
    }

    [Fact]
    public async Task Offsets_are_those_of_the_headers()
    {
        var compiled = await Compiled(new Dictionary<string, string>
        {
            ["statx.mode"] = "offsetof(struct statx, stx_mode)",
            ["statx.inode"] = "offsetof(struct statx, stx_ino)",
            ["statx.size"] = "offsetof(struct statx, stx_size)",
            ["statx.user"] = "offsetof(struct statx, stx_uid)",
            ["statx.major"] = "offsetof(struct statx, stx_dev_major)",
            ["statx.minor"] = "offsetof(struct statx, stx_dev_minor)",
            ["statx"] = "sizeof(struct statx)",
            ["shmid_ds.attached"] = "offsetof(struct shmid_ds, shm_nattch)",
            ["shmid_ds.key"] = "offsetof(struct shmid_ds, shm_perm.__key)",
            ["shmid_ds.size"] = "offsetof(struct shmid_ds, shm_segsz)",
            ["shmid_ds.user"] = "offsetof(struct shmid_ds, shm_perm.uid)",
            ["shm_info.segments"] = "offsetof(struct shm_info, used_ids)",
            ["shm_info.pages"] = "offsetof(struct shm_info, shm_tot)",
        });
        Assert.Equal(
        [
            ("shm_info.pages", Offset<SysVUsage>(nameof(SysVUsage.Pages))),
            ("shm_info.segments", Offset<SysVUsage>(nameof(SysVUsage.Segments))),
            ("shmid_ds.attached", Offset<SysVStatus>(nameof(SysVStatus.Attached))),
            ("shmid_ds.key", Offset<SysVStatus>(nameof(SysVStatus.Key))),
            ("shmid_ds.size", Offset<SysVStatus>(nameof(SysVStatus.Size))),
            ("shmid_ds.user", Offset<SysVStatus>(nameof(SysVStatus.User))),
            ("statx", Unsafe.SizeOf<FileStatus>()),
            ("statx.inode", Offset<FileStatus>(nameof(FileStatus.Inode))),
            ("statx.major", Offset<FileStatus>(nameof(FileStatus.DeviceMajor))),
            ("statx.minor", Offset<FileStatus>(nameof(FileStatus.DeviceMinor))),
            ("statx.mode", Offset<FileStatus>(nameof(FileStatus.Mode))),
            ("statx.size", Offset<FileStatus>(nameof(FileStatus.Size))),
            ("statx.user", Offset<FileStatus>(nameof(FileStatus.User))),
        ], compiled.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value)));
    }

    [Fact]
    public async Task The_table_of_messages_is_that_of_the_headers()
    {
        var abi = SocketAbi.Linux;
        var compiled = await Compiled(new Dictionary<string, string>
        {
            ["msghdr"] = "sizeof(struct msghdr)",
            ["msghdr.iov"] = "offsetof(struct msghdr, msg_iov)",
            ["msghdr.iovlen"] = "offsetof(struct msghdr, msg_iovlen)",
            ["msghdr.control"] = "offsetof(struct msghdr, msg_control)",
            ["msghdr.controllen"] = "offsetof(struct msghdr, msg_controllen)",
            ["msghdr.flags"] = "offsetof(struct msghdr, msg_flags)",
            ["cmsghdr"] = "sizeof(struct cmsghdr)",
            ["cmsghdr.level"] = "offsetof(struct cmsghdr, cmsg_level)",
            ["cmsg.data"] = "CMSG_LEN(0)",
            ["cmsg.alignment"] = "CMSG_SPACE(1) - CMSG_SPACE(0)",
            ["cmsg.space"] = "CMSG_SPACE(sizeof(int))",
            ["ucred"] = "sizeof(struct ucred)",
            ["ucred.uid"] = "offsetof(struct ucred, uid)",
            ["pollfd"] = "sizeof(struct pollfd)",
            ["pollfd.revents"] = "offsetof(struct pollfd, revents)",
        });
        Assert.Equal(new Dictionary<string, long>
        {
            ["msghdr"] = abi.HeaderSize,
            ["msghdr.iov"] = abi.VectorsOffset,
            ["msghdr.iovlen"] = abi.VectorCountOffset,
            ["msghdr.control"] = abi.ControlOffset,
            ["msghdr.controllen"] = abi.ControlLengthOffset,
            ["msghdr.flags"] = abi.FlagsOffset,
            ["cmsghdr"] = abi.ControlHeaderSize,
            ["cmsghdr.level"] = abi.WideLengths ? 8 : 4,
            ["cmsg.data"] = abi.ControlHeaderSize,
            ["cmsg.alignment"] = abi.ControlAlignment,
            ["cmsg.space"] = ControlMessage.Space(abi),
            ["ucred"] = Unsafe.SizeOf<LibcSocket.Credentials>(),
            ["ucred.uid"] = Marshal.OffsetOf<LibcSocket.Credentials>(nameof(LibcSocket.Credentials.User)),
            ["pollfd"] = Unsafe.SizeOf<PollEntry>(),
            ["pollfd.revents"] = Marshal.OffsetOf<PollEntry>(nameof(PollEntry.Ready)),
        }, compiled);
    }

    [Fact]
    public async Task What_the_kernel_writes_fits_our_structs()
    {
        var compiled = await Compiled(new Dictionary<string, string>
        {
            ["shmid_ds"] = "sizeof(struct shmid_ds)",
            ["shm_info"] = "sizeof(struct shm_info)",
            ["rlimit"] = "sizeof(struct rlimit)",
        });
        Assert.InRange(Unsafe.SizeOf<SysVStatus>(), compiled["shmid_ds"], int.MaxValue);
        Assert.InRange(Unsafe.SizeOf<SysVUsage>(), compiled["shm_info"], int.MaxValue);
        Assert.Equal(16, compiled["rlimit"]);
    }

    [Fact]
    public async Task The_number_of_the_futex_call_is_that_of_the_headers()
    {
        var compiled = await Compiled(new Dictionary<string, string> { ["futex"] = "SYS_futex", ["timespec"] = "sizeof(struct timespec)" });
        Assert.Equal((LibcFutex.SystemCall, 16), (compiled["futex"], compiled["timespec"]));
    }

    /// <summary>By name: constants, and properties where architectures differ.</summary>
    private static IEnumerable<(string Name, long Value)> Constants()
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var types = typeof(ShMem).Assembly.GetTypes()
            .Where(t => t.Namespace == "Shmem.Backends.Interop" && (t.Name.StartsWith("Libc", StringComparison.Ordinal) || t == typeof(FileStatus) || t == typeof(LinuxNumbers)));
        // MAP_32BIT is x86's.
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64) types = types.Append(typeof(LowView));
        foreach (var type in types)
        {
            foreach (var field in type.GetFields(all).Where(f => f.IsLiteral && Macro().IsMatch(f.Name)))
                yield return (field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));
            foreach (var property in type.GetProperties(all).Where(p => Macro().IsMatch(p.Name)))
                yield return (property.Name, Convert.ToInt64(property.GetValue(null), CultureInfo.InvariantCulture));
        }
    }

    private static long Offset<T>(string field) => typeof(T).GetField(field)!.GetCustomAttribute<FieldOffsetAttribute>()!.Value;

    /// <summary>The values of C expressions, by the names they are given.</summary>
    private static async Task<Dictionary<string, long>> Compiled(Dictionary<string, string> expressions)
    {
        var compiler = Require.Tool("cc");
        var program = new StringBuilder("#define _GNU_SOURCE\n");
        foreach (var header in Headers) program.Append($"#include <{header}>\n");
        program.Append("int main(void)\n{\n");
        foreach (var (name, expression) in expressions)
            program.Append($"    printf(\"{name} %lld\\n\", (long long)(intptr_t)({expression}));\n");
        program.Append("    return 0;\n}\n");

        var folder = Directory.CreateTempSubdirectory("shmem-constants-");
        try
        {
            var source = Path.Combine(folder.FullName, "constants.c");
            var binary = Path.Combine(folder.FullName, "constants");
            await File.WriteAllTextAsync(source, program.ToString(), TestContext.Current.CancellationToken);
            await Tool.Run(compiler, "-o", binary, source);
            return (await Tool.Run(binary)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' '))
                .ToDictionary(l => l[0], l => long.Parse(l[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")]
    private static partial Regex Macro();
}

using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>
/// What macOS's headers say, as they are in XNU 11417 (macOS 15), the same on x64 and ARM64: nothing runs or compiles for macOS here, so the numbers stand
/// here a second time, each beside the header that it was looked up in.
/// </summary>
public sealed class MacOSNumberTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<string, long> Headers = new()
    {
        // sys/errno.h
        ["EPERM"] = 1, ["ENOENT"] = 2, ["ESRCH"] = 3, ["EINTR"] = 4, ["ENXIO"] = 6, ["ENOMEM"] = 12, ["EACCES"] = 13, ["EEXIST"] = 17, ["ENOTDIR"] = 20,
        ["EISDIR"] = 21, ["EINVAL"] = 22, ["ENFILE"] = 23, ["EMFILE"] = 24, ["EFBIG"] = 27, ["ENOSPC"] = 28, ["EROFS"] = 30, ["EPIPE"] = 32, ["EAGAIN"] = 35,
        ["ECONNRESET"] = 54, ["ETIMEDOUT"] = 60, ["ELOOP"] = 62, ["ENOSYS"] = 78, ["EIDRM"] = 90,
        // sys/fcntl.h
        ["O_RDONLY"] = 0, ["O_RDWR"] = 2, ["O_NONBLOCK"] = 0x4, ["O_NOFOLLOW"] = 0x100, ["O_CREAT"] = 0x200, ["O_EXCL"] = 0x800, ["O_NOCTTY"] = 0x20000,
        ["O_DIRECTORY"] = 0x100000, ["O_CLOEXEC"] = 0x1000000, ["AT_FDCWD"] = -2, ["F_SETFD"] = 2, ["F_DUPFD_CLOEXEC"] = 67, ["FD_CLOEXEC"] = 1,
        ["LOCK_SH"] = 1, ["LOCK_EX"] = 2, ["LOCK_NB"] = 4,
        // sys/_types/_s_ifmt.h
        ["S_IFMT"] = 0xF000, ["S_IFREG"] = 0x8000,
        // sys/mman.h
        ["PROT_NONE"] = 0, ["PROT_READ"] = 1, ["PROT_WRITE"] = 2, ["MAP_SHARED"] = 1, ["MAP_PRIVATE"] = 2, ["MAP_ANONYMOUS"] = 0x1000, ["MAP_FAILED"] = -1,
        // sys/socket.h
        ["SOL_SOCKET"] = 0xFFFF, ["SCM_RIGHTS"] = 1, ["MSG_CTRUNC"] = 0x20, ["MSG_DONTWAIT"] = 0x80,
        // sys/poll.h
        ["POLLIN"] = 1,
        // sys/ipc.h, sys/shm.h
        ["IPC_PRIVATE"] = 0, ["IPC_CREAT"] = 0x200, ["IPC_EXCL"] = 0x400, ["IPC_RMID"] = 0, ["IPC_STAT"] = 2, ["SHM_RDONLY"] = 0x1000,
        // sys/resource.h, sys/signal.h
        ["RLIMIT_NOFILE"] = 8, ["SIGKILL"] = 9,
    };

    /// <summary>What only Linux' calls are given, or only Linux' kernel has.</summary>
    private static readonly string[] OfLinuxAlone =
    [
        "AT_EMPTY_PATH", "AT_SYMLINK_NOFOLLOW", "F_ADD_SEALS", "F_GET_SEALS", "F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_FUTURE_WRITE",
        "FUTEX_WAIT", "FUTEX_WAKE", "MADV_POPULATE_WRITE", "MFD_CLOEXEC", "MFD_ALLOW_SEALING", "MFD_HUGETLB", "MSG_CMSG_CLOEXEC", "MSG_NOSIGNAL", "PR_SET_PTRACER",
        "SHM_INFO", "SO_PEERCRED", "STATX_INO", "STATX_MODE", "STATX_SIZE", "STATX_TYPE", "STATX_UID", "SYS_pidfd_getfd", "SYS_pidfd_open",
    ];

    [Fact]
    public void Every_constant_that_macOS_is_given_is_that_of_its_headers()
    {
        var table = Constants(typeof(MacOSNumbers)).ToDictionary();
        var ours = typeof(ShMem).Assembly.GetTypes()
            .Where(t => t.Namespace == "Shmem.Backends.Interop" && (t.Name.StartsWith("Libc", StringComparison.Ordinal) || t == typeof(FileStatus)))
            .SelectMany(Constants)
            // Where the systems differ it is the table's.
            .Select(c => (c.Name, Value: table.GetValueOrDefault(c.Name, c.Value))).Concat(table.Select(c => (Name: c.Key, c.Value)))
            .Where(c => !OfLinuxAlone.Contains(c.Name)).Distinct().OrderBy(c => c.Name, StringComparer.Ordinal);
        Assert.Equal(Headers.Select(c => (Name: c.Key, c.Value)).OrderBy(c => c.Name, StringComparer.Ordinal), ours);
    }

    [Fact]
    public void The_tables_of_both_systems_have_the_same_entries_and_differ_in_each()
    {
        var linux = Constants(typeof(LinuxNumbers)).Where(c => !OfLinuxAlone.Contains(c.Name)).ToDictionary();
        var mac = Constants(typeof(MacOSNumbers)).ToDictionary();
        Assert.Equal(linux.Keys.Order(StringComparer.Ordinal), mac.Keys.Order(StringComparer.Ordinal));
        Assert.All(mac, c => Assert.NotEqual(linux[c.Key], c.Value));
    }

    // sys/stat.h, __DARWIN_STRUCT_STAT64: dev_t and uid_t have 4 bytes, mode_t and nlink_t 2, ino64_t and off_t 8, and there are four timespecs of 16.
    [Fact]
    public void A_file_s_status_lies_as_the_header_has_it()
    {
        Assert.Equal(144, Unsafe.SizeOf<MacFileStatus>());
        Assert.Equal([(0, 4), (4, 2), (8, 8), (16, 4), (96, 8)], Layout<MacFileStatus>(nameof(MacFileStatus.Device), nameof(MacFileStatus.Mode),
            nameof(MacFileStatus.Inode), nameof(MacFileStatus.User), nameof(MacFileStatus.Size)));
    }

    // sys/ipc.h, struct __ipc_perm_new: four ids of 4 bytes, mode_t 2, a sequence number of 2, key_t 4. sys/shm.h, struct __shmid_ds_new, packed to 4: that, size_t
    // 8, two pid_t of 4, shmatt_t 2, three time_t of 8 and a pointer.
    [Fact]
    public void A_segment_s_status_lies_as_the_headers_have_it()
    {
        Assert.Equal(76, Unsafe.SizeOf<MacSysVStatus>());
        Assert.Equal([(0, 4), (20, 4), (24, 8), (40, 2)],
            Layout<MacSysVStatus>(nameof(MacSysVStatus.User), nameof(MacSysVStatus.Key), nameof(MacSysVStatus.Size), nameof(MacSysVStatus.Attached)));
    }

    // sys/socket.h: socklen_t and msg_iovlen have 4 bytes, and CMSG_SPACE rounds up to 4 (__DARWIN_ALIGN32).
    [Fact]
    public void A_message_lies_as_the_header_has_it() => Assert.Equal(new SocketAbi(HeaderSize: 48, VectorsOffset: 16, VectorCountOffset: 24, ControlOffset: 32,
        ControlLengthOffset: 40, FlagsOffset: 44, WideLengths: false, ControlHeaderSize: 12, ControlAlignment: 4, SocketLevel: 0xFFFF, Rights: 1, DoNotWait: 0x80,
        NoSignal: 0, ControlTruncated: 0x20, CloseOnExec: 0), SocketAbi.MacOS);

    private static IEnumerable<(string Name, long Value)> Constants(Type type)
    {
        foreach (var field in type.GetFields(All).Where(f => f.IsLiteral && f.Name.Contains('_') | f.Name.All(char.IsUpper)))
            yield return (field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));
        foreach (var property in type.GetProperties(All).Where(p => p.Name.Contains('_') | p.Name.All(char.IsUpper)))
            yield return (property.Name, Convert.ToInt64(property.GetValue(null), CultureInfo.InvariantCulture));
    }

    /// <summary>Where each field begins and how many bytes it has.</summary>
    private static (int Offset, int Size)[] Layout<T>(params string[] fields) => [.. fields.Select(name => typeof(T).GetField(name)!).Select(field =>
        (field.GetCustomAttribute<FieldOffsetAttribute>()!.Value, Marshal.SizeOf(field.FieldType)))];
}

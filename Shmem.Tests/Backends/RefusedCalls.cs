using System.Runtime.Versioning;

namespace Shmem.Tests.Backends;

/// <summary>
/// A program that has the kernel refuse system calls to the command which follows it, by a seccomp filter (seccomp(2)), as a container does: nothing
/// in the code under test knows of it. Disposing removes it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RefusedCalls : IDisposable
{
    public const int EPERM = 1;
    public const int EIO = 5;
    public const int ENOMEM = 12;
    public const int ENOSYS = 38;

    private const string Source = """
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <stddef.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        /* The name of a call, and which of its arguments tells the one to be refused. */
        static const struct { const char *name; int number, argument; } calls[] = {
            { "memfd_create", SYS_memfd_create, 0 }, { "shmget", SYS_shmget, 0 }, { "shmat", SYS_shmat, 0 }, { "pidfd_getfd", SYS_pidfd_getfd, 0 },
            { "ftruncate", SYS_ftruncate, 1 }, { "fallocate", SYS_fallocate, 3 }, { "fcntl", SYS_fcntl, 1 }, { "mmap", SYS_mmap, 1 },
            { "flock", SYS_flock, 1 }, { "ptrace", SYS_ptrace, 0 } };
        static struct sock_filter filter[64];
        static int length;
        static void add(unsigned short code, unsigned char on, unsigned char off, unsigned k) { filter[length++] = (struct sock_filter){ code, on, off, k }; }
        int main(int count, char **words) {
            int next = 1;
            add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
            for (; next + 1 < count && strcmp(words[next], "--"); next += 2) {
                char *name = strtok(words[next], ":"), *value = strtok(0, ":");
                unsigned i = 0;
                while (i < sizeof calls / sizeof *calls && strcmp(name, calls[i].name)) i++;
                if (i == sizeof calls / sizeof *calls || length > 50) return 120;
                add(BPF_JMP | BPF_JEQ | BPF_K, 0, value ? 4 : 1, calls[i].number);
                if (value) {
                    /* The lower half: these machines are little-endian. */
                    add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args) + 8 * calls[i].argument);
                    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, strtoul(value, 0, 10));
                }
                add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | atoi(words[next + 1]));
                if (value) add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
            }
            add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
            struct sock_fprog program = { length, filter };
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 121;
            execvp(words[next + 1], words + next + 1);
            return 122;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-refuse-").FullName;

    private string Program => Path.Combine(_folder, "refuse");

    /// <summary>Compiles it; needs a C compiler.</summary>
    public static async Task<RefusedCalls> Compile()
    {
        var compiler = Require.Tool("cc");
        var calls = new RefusedCalls();
        var source = Path.Combine(calls._folder, "refuse.c");
        await File.WriteAllTextAsync(source, Source);
        await Tool.Run(compiler, "-Wall", "-Werror", "-o", calls.Program, source);
        // Other users run it too.
        File.SetUnixFileMode(calls._folder, File.GetUnixFileMode(calls._folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return calls;
    }

    /// <summary>
    /// The command that refuses these calls to the command which follows it: each of a name, or, where a number follows it (<c>mmap:54321</c>), those alone
    /// that have it as their length (of fcntl, as their command).
    /// </summary>
    public string[] Refuse(params (string Call, int Errno)[] calls) => [Program, .. calls.SelectMany(c => (string[])[c.Call, $"{c.Errno}"]), "--"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

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
        int main(int count, char **words) {
            struct sock_filter filter[16] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
            int length = 1, next = 1;
            for (; next + 1 < count && strcmp(words[next], "--"); next += 2) {
                int call = !strcmp(words[next], "memfd_create") ? SYS_memfd_create : !strcmp(words[next], "shmget") ? SYS_shmget
                    : !strcmp(words[next], "pidfd_getfd") ? SYS_pidfd_getfd : -1;
                if (call < 0 || length > 12) return 120;
                filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
                filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(words[next + 1]));
            }
            filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
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

    /// <summary>The command that refuses these calls to the command which follows it.</summary>
    public string[] Refuse(params (string Call, int Errno)[] calls) => [Program, .. calls.SelectMany(c => (string[])[c.Call, $"{c.Errno}"]), "--"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

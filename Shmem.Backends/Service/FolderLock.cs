using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>
/// The lock of the run-time folder, held for as long as it takes to make or remove a socket in it. The kernel drops it with its holder. Its file
/// stays: removing a lock's file is a race of its own.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Waits for the lock.</summary>
    /// <param name="folder">Whose lock.</param>
    /// <param name="patience">The longest wait. Holders are done in milliseconds, unless they are stopped.</param>
    /// <exception cref="ShMemException">It was not free in that time, or there is no descriptor left.</exception>
    public static FolderLock Take(RuntimeFolder folder, TimeSpan patience)
    {
        // No service has this name, since theirs have no dot.
        var path = Path.Combine(folder.Path, ".lock");
        var start = Environment.TickCount64;
        while (true)
        {
            try
            {
                // FileShare.None is flock(2), LOCK_EX | LOCK_NB, whose refusal has its errno as HResult.
                return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (e.HResult != LibcErrno.EAGAIN) throw SocketFailure.Of(e, "open", $"lock {path}");
                if (Environment.TickCount64 - start > patience.TotalMilliseconds)
                {
                    throw new ShMemException(ShMemError.Os, $"lock {path}", $"another process has held it for {patience.TotalSeconds} s",
                        "Find it with lsof or fuser: it is stopped, or stuck in starting a service.");
                }
            }

            Thread.Sleep(Between);
        }
    }

    public void Dispose() => _file.Dispose();
}

using Akka.Event;

namespace Shmem.Actors.Campaign;

/// <summary>
/// In place of Akka's last logger, which writes to the console while a system shuts down, when all others are gone, whatever
/// <c>stdout-loglevel</c> says. The console belongs to the program.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        // What is logged that late is about the logging's own end.
    }
}

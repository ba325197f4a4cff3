using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>The code blocks of README.md that run in a second process.</summary>
internal static class ReadmeExamples
{
    public static int Run()
    {
        // README: second-process
        using var map = new StdShMemProvider().OpenFromEnvironment("MAP");
        "hello"u8.CopyTo(map.Span);
        // end
        return 0;
    }
}

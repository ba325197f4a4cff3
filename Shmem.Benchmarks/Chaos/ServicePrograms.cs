using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;

namespace Shmem.Benchmarks.Chaos;

/// <summary>The hidden verbs of a service and of an honest client. Each ends with its standard input, or is killed.</summary>
[SupportedOSPlatform("linux")]
internal static class ServicePrograms
{
    public const string Name = "chaos";

    /// <summary>What a client holds for as long as it lives.</summary>
    public const int SegmentsOfClient = 3;

    /// <summary>The verb <c>chaos-service</c>.</summary>
    public static int Serve()
    {
        using var service = ShMemService.Start(Name, "memfd");
        Say("ready");
        while (Console.ReadLine() is not null)
        {
        }

        return 0;
    }

    /// <summary>The verb <c>chaos-client</c>: each line asks it to use what it holds and to have something made, and is answered.</summary>
    public static int Use()
    {
        var provider = new ServedShMemProvider(Name);
        var held = Enumerable.Range(1, SegmentsOfClient).Select(pages => provider.Create(pages * 4096)).ToList();
        // A second view of the same.
        held.Add(provider.Open(held[0].Description));
        Say("ready");
        for (byte turn = 1; Console.ReadLine() is not null; turn++)
        {
            try
            {
                foreach (var segment in held) segment.Span[^1] = turn;
                using var another = provider.Create(100);
                another.Span[0] = turn;
                Say(held.TrueForAll(segment => segment.Span[^1] == turn) ? "ok" : "another value than was written");
            }
            catch (ShMemException refused)
            {
                Say(refused.Message);
            }
        }

        return 0;
    }

    private static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}

using Shmem.Samples.Chunks;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Feeds files to the demonstration library in a process that may die of it.</summary>
internal static class ChunkRun
{
    /// <summary>
    /// Says <c>running</c>, reads the file, and returns 0 if the reader came back, 3 if memory ran out (unhandled, that would be told
    /// without a stack).
    /// </summary>
    public static int Run(string file)
    {
        var data = File.ReadAllBytes(file);
        Console.WriteLine("running");
        try
        {
            ChunkHarness.Run(data);
            return 0;
        }
        catch (OutOfMemoryException e)
        {
            Console.Error.WriteLine(e);
            return 3;
        }
    }

    /// <summary>Reads every file that differs from the given one in one byte.</summary>
    public static int RunNeighbours(string file)
    {
        var data = File.ReadAllBytes(file);
        Console.WriteLine("running");
        for (var i = 0; i < data.Length; i++)
        {
            var original = data[i];
            for (var change = 1; change < 256; change++)
            {
                data[i] = (byte)(original ^ change);
                ChunkHarness.Run(data);
            }

            data[i] = original;
        }

        return 0;
    }
}

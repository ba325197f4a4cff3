using System.Globalization;
using Shmem.Backends.Ring;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Writes to and reads from a ring, and may die at any step of it.</summary>
internal static class RingVerb
{
    /// <summary>Writes one message of 41 bytes of 0xBB.</summary>
    public static int Write(string segment, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ring = SharedRing.Open(view);
        Span<byte> message = stackalloc byte[41];
        message.Fill(0xBB);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        return ring.Write<Death>(message, RingPressure.Wait, Timeout.InfiniteTimeSpan) == RingWrite.Written ? 0 : 3;
    }

    /// <summary>Joins and reads one message.</summary>
    public static int Read(string segment, string start, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ring = SharedRing.Open(view);
        var buffer = new byte[ring.LongestMessage];
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        using var reader = ring.Join<Death>(Enum.Parse<RingStart>(start));
        return reader.TryRead<Death>(buffer, out _) ? 0 : 3;
    }

    /// <summary>Writes messages that say whose they are and which: the writer (4), the number (4), and as many bytes more as the number modulo 50.</summary>
    public static int Pour(string segment, string writer, string messages)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ring = SharedRing.Open(view);
        var count = int.Parse(messages, CultureInfo.InvariantCulture);
        var buffer = new byte[8 + 50];
        BitConverter.TryWriteBytes(buffer, int.Parse(writer, CultureInfo.InvariantCulture));
        Console.WriteLine("running");
        for (var i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(buffer.AsSpan(4), i);
            buffer.AsSpan(8).Fill((byte)i);
            if (ring.Write(buffer.AsSpan(0, 8 + i % 50), RingPressure.Wait) != RingWrite.Written) return 3;
        }

        return 0;
    }

    /// <summary>Reads until it is killed.</summary>
    public static int Drink(string segment)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ring = SharedRing.Open(view);
        using var reader = ring.Join(RingStart.Oldest);
        var buffer = new byte[ring.LongestMessage];
        Console.WriteLine("running");
        while (true) reader.Read(buffer, out _, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Joins, and for each number on stdin reads so many messages that one <see cref="Pour"/> writes; answers with how many it has read in all, or with what is
    /// wrong of one.
    /// </summary>
    public static int Follow(string segment)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ring = SharedRing.Open(view);
        using var reader = ring.Join(RingStart.Newest);
        var buffer = new byte[ring.LongestMessage];
        var next = 0;
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line)
        {
            for (var last = next + int.Parse(line, CultureInfo.InvariantCulture); next < last; next++)
            {
                reader.Read(buffer, out var length, Timeout.InfiniteTimeSpan);
                if (BitConverter.ToInt32(buffer, 4) == next && length == 8 + next % 50 && !buffer.AsSpan(8, length - 8).ContainsAnyExcept((byte)next)) continue;
                Console.WriteLine($"{BitConverter.ToInt32(buffer, 4)} of {length} bytes: {Convert.ToHexString(buffer, 0, length)}");
                return 3;
            }

            Console.WriteLine($"ok {next}");
        }

        return 0;
    }
}

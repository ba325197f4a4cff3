using System.Diagnostics;
using System.Globalization;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Writes to a slot's memory as a worker does, and dies in the midst of it.</summary>
internal static class SlotVerb
{
    /// <summary>Saves a state of 2, 2, 2, … and returns 0 if the steps were fewer than those that it was to survive.</summary>
    public static int Checkpoint(string segment, string length, string steps, string larger)
    {
        using var view = DescriptionArgument.Open(segment);
        using var checkpoint = SlotCheckpoint.Open(view);
        using var own = larger.Length > 0 ? DescriptionArgument.Open(larger) : null;
        if (own is not null) checkpoint.Give(checkpoint.NextArea, own);
        var state = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        state.AsSpan().Fill(2);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        checkpoint.Write<Death>(state);
        return 0;
    }

    /// <summary>Changes from one parent to another, of another slot, until it is killed.</summary>
    public static int Parents(string segment)
    {
        using var view = DescriptionArgument.Open(segment);
        using var memory = ProcessMemory.Open(view);
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (true)
        {
            memory.Parent = new CorpusAddress(1, 11);
            memory.Parent = new CorpusAddress(2, 22);
        }
    }

    /// <summary>Runs 100 inputs, each of its number's last byte, and dies half way through making the next.</summary>
    public static int Mutate(string segment, string length)
    {
        using var view = DescriptionArgument.Open(segment);
        using var memory = ProcessMemory.Open(view);
        var bytes = int.Parse(length, CultureInfo.InvariantCulture);
        Console.WriteLine("running");
        for (var i = 1; i <= 100; i++)
        {
            memory.Phase = ProcessPhase.Mutating;
            memory.Inputs.Begin(bytes).Fill((byte)i);
            memory.Inputs.Commit(bytes);
            memory.Phase = ProcessPhase.Running;
            memory.Executions = i;
        }

        memory.Phase = ProcessPhase.Mutating;
        memory.Inputs.Begin(InputRing.MostBytes)[..(InputRing.MostBytes / 2)].Fill(0xFF);
        Process.GetCurrentProcess().Kill();
        return 0;
    }
}

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Takes the descriptors that this process may have, for tests of what becomes of a process that has none left.</summary>
internal static class FilledDescriptors
{
    private static readonly List<FileStream> Fillers = [];

    /// <summary>Takes all but so many.</summary>
    public static string Fill(int left)
    {
        try
        {
            while (true) Fillers.Add(File.OpenRead("/dev/null"));
        }
        catch (IOException)
        {
            for (; left > 0; left--)
            {
                Fillers[^1].Dispose();
                Fillers.RemoveAt(Fillers.Count - 1);
            }

            return "ok";
        }
    }

    public static string Free()
    {
        Fillers.ForEach(f => f.Dispose());
        Fillers.Clear();
        return "ok";
    }
}

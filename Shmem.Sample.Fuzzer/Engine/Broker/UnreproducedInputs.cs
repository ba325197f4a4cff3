using Microsoft.Extensions.Logging;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Inputs that did not do again what they had done, kept apart up to a number of files and counted beyond it. Any thread.</summary>
internal sealed class UnreproducedInputs(EntryFolder folder, ILogger log)
{
    /// <summary>Files that the folder holds at most: a kill by somebody else leaves 64, and nothing else bounds how often that happens.</summary>
    internal const int Most = 4096;

    private readonly Lock _gate = new();
    private int _cases;
    private int _unjudged;
    private bool _isFull;

    public string FullPath => folder.FullPath;

    /// <summary>Cases since the start, also those whose inputs were not kept.</summary>
    public int Cases => Volatile.Read(ref _cases);

    /// <summary>Those of them that were not run again, or not to their end.</summary>
    public int Unjudged => Volatile.Read(ref _unjudged);

    /// <summary>Keeps the inputs of one case.</summary>
    /// <returns>False where there is no room for all.</returns>
    public bool Keep(IReadOnlyList<ReadOnlyMemory<byte>> inputs, Provenance from, bool isJudged)
    {
        if (!isJudged) Interlocked.Increment(ref _unjudged);
        Interlocked.Increment(ref _cases);
        lock (_gate)
        {
            foreach (var input in inputs)
            {
                if (folder.Count < Most)
                {
                    folder.Save(input.Span, id => EntryName.Native.Plain(id, from));
                    continue;
                }

                if (!_isFull) log.UnreproducedIsFull(folder.FullPath, Most);
                _isFull = true;
                return false;
            }
        }

        return true;
    }
}

using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// A place for each input in turn that ends, or begins, exactly at a page that may not be touched, so that unsafe code of the target which leaves its input by one
/// byte faults at once. The input that is recorded for the broker stays where it is: this is a copy, made without a system call.
/// </summary>
internal sealed class GuardedInput(ShMemGuard guard) : IDisposable
{
    private readonly ShMem _area = new HeapShMemProvider(guard).Create(InputRing.MostBytes);

    /// <summary>The copy, valid until the next call.</summary>
    public ReadOnlySpan<byte> Place(ReadOnlySpan<byte> input)
    {
        var place = _area.Slice(guard == ShMemGuard.After ? InputRing.MostBytes - input.Length : 0, input.Length);
        input.CopyTo(place);
        return place;
    }

    public void Dispose() => _area.Dispose();
}

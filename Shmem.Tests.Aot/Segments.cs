using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Janitor;

namespace Shmem.Tests.Aot;

/// <summary>What segments of every backend do.</summary>
internal static class Segments
{
    public static void Share(string scheme)
    {
        var provider = new StdShMemProvider(scheme);
        using var owner = provider.Create(100_003);
        using var other = new StdShMemProvider().Open(owner.Description);
        owner.Span[100_002] = 7;
        Check.That(other.Span[^1] == 7);
        if (provider.Capabilities.ReadOnly)
        {
            using var reader = provider.Open(owner.Description, ShMemAccess.Read);
            Check.That(reader.Span[^1] == 7);
        }

        Check.That(Check.Refused<ShMemException>(() => provider.Open(owner.Description with { Size = 1 << 20 })).Error == ShMemError.TooSmall);
        var stale = provider.Create(1);
        stale.Dispose();
        Check.That(Check.Refused<ShMemException>(() => provider.Open(stale.Description)).Error == ShMemError.NotFound);
        Check.That(Check.Refused<ShMemException>(() => provider.Create(1L << 62)).Error == ShMemError.LimitReached);
        using var value = provider.CreateFor(new DateTime(2026, 1, 2));
        Check.That(value.Ref<DateTime>(0) == new DateTime(2026, 1, 2));
    }

    public static void Prefault(string scheme)
    {
        using var segment = new StdShMemProvider(scheme).Create(1 << 20, new ShMemCreateOptions { Prefault = true });
        Check.That(!segment.Span.ContainsAnyExcept((byte)0));
        using var stream = segment.AsStream();
        stream.Write("abc"u8);
        using var memory = segment.Memory();
        Check.That(memory.Memory.Span.StartsWith("abc"u8));
    }

    public static void PublishOnce()
    {
        var provider = new StdShMemProvider("memfd");
        using var segment = provider.Create(100, new ShMemCreateOptions { Kind = ShMemKind.PublishOnce });
        segment.Span[99] = 3;
        using var reader = provider.Open(segment.Description, ShMemAccess.Read);
        Check.That(reader.Span[99] == 3);
        Check.That(Check.Refused<ShMemException>(() => provider.Open(segment.Description)).Error == ShMemError.Denied);
    }

    public static void FindLeaked()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var owner = new StdShMemProvider("posix").Create(1);
        Check.That(!LeakedNames.Find().Contains(owner.Id));
    }

    public static void Guards()
    {
        foreach (var guard in Enum.GetValues<ShMemGuard>())
        {
            using var segment = new HeapShMemProvider(guard).Create(5000);
            segment.Span.Fill(1);
            Check.That(!segment.Span.ContainsAnyExcept((byte)1));
        }
    }

    public static void Describe()
    {
        var description = new ShMemDescription(ShMemId.Parse("memfd:1.2.3"), 4096, "service-1");
        var bytes = new byte[ShMemDescription.EncodedSize];
        description.Write(bytes);
        Check.That(ShMemDescription.TryRead(bytes, out var read) && read == description);
        Check.That(read.ToString().Contains("memfd:1.2.3", StringComparison.Ordinal));
        Check.That(!ShMemId.TryParse("no id", null, out _));
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Instrumentation;
using Xunit;

namespace Shmem.Tests.Instrumentation;

public sealed unsafe class LowViewTests
{
    private const int Length = 5000;

    [Theory]
    [InlineData("memfd")]
    [InlineData("posix")]
    [InlineData("sysv")]
    [Trait("Needs", "Unix")]
    [SupportedOSPlatform("linux")]
    public void What_is_counted_in_the_view_is_in_the_segment_of_every_backend(string backend)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "the view is for Linux on x64");
        using var segment = new StdShMemProvider(backend).Create(1 << 16);
        // SAFETY: the segment stays mapped until the end of the test.
        fixed (byte* map = segment.Slice(4096, Length))
        {
            var view = LowView.Of(map, Length);
            Assert.InRange((long)view, 1, int.MaxValue - Length);
            for (var i = 0; i < Length; i++) view[i]++;
            Assert.Equal(-1, segment.Slice(4096, Length).IndexOfAnyExcept((byte)1));
            segment.Slice(4096, Length).Clear();
            Assert.Equal(-1, new ReadOnlySpan<byte>(view, Length).IndexOfAnyExcept((byte)0));
        }
    }

    [Fact]
    public void Memory_that_is_not_shared_has_no_view()
    {
        using var segment = new HeapShMemProvider().Create(1 << 16);
        // SAFETY: the segment stays mapped until the end of the test.
        fixed (byte* map = segment.Span)
            Assert.True(LowView.Of(map, Length) == map);
    }
}

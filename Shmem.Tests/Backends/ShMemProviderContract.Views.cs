using System.Runtime.InteropServices;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Views of a segment: how long each keeps the mapping, and which bytes it gives.</summary>
public abstract partial class ShMemProviderContract
{
    [Fact]
    public void A_clone_is_the_same_mapping_and_outlives_the_first_view()
    {
        var first = Provider.Create(100);
        var clone = first.Clone();
        Assert.True(clone.IsOwner);
        Assert.Equal(first.Description, clone.Description);
        first.Span[5] = 6;
        first.Dispose();
        Assert.Equal(6, clone.Span[5]);
        using (var again = Provider.Open(clone.Description)) Assert.Equal(6, again.Span[5]);
        clone.Dispose();
        Refused(ShMemError.NotFound, () => Provider.Open(clone.Description));
    }

    [Fact]
    public void Disposing_a_clone_twice_does_not_dispose_the_first_view()
    {
        using var first = Provider.Create(100);
        var clone = first.Clone();
        clone.Dispose();
        clone.Dispose();
        first.Span[0] = 1;
        using var again = Provider.Open(first.Description);
        Assert.Equal(1, again.Span[0]);
    }

    // LESSONS: "attach a memfd by its fd number, drop: closes the owner's fd".
    [Fact]
    public void Disposing_an_opened_view_leaves_the_owners_and_its_id()
    {
        using var owner = Provider.Create(100);
        Provider.Open(owner.Description).Dispose();
        owner.Span[0] = 1;
        using var again = Provider.Open(owner.Description);
        Assert.Equal(1, again.Span[0]);
    }

    [Fact]
    public void An_opened_view_outlives_the_owners()
    {
        var owner = Provider.Create(100);
        using var other = Provider.Open(owner.Description);
        owner.Span[0] = 7;
        owner.Dispose();
        Assert.Equal(7, other.Span[0]);
        other.Span[99] = 8;
        Assert.Equal(8, other.Span[99]);
        if (IdEndsWithItsOwner) Refused(ShMemError.NotFound, () => Provider.Open(owner.Description));
        else Provider.Open(owner.Description).Dispose();
    }

    [Fact]
    public void A_disposed_view_refuses_every_use()
    {
        var segment = Provider.Create(100);
        segment.Dispose();
        segment.Dispose();
        Assert.Throws<ObjectDisposedException>(() => segment.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => segment.Slice(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => segment.Ref<int>(0));
        Assert.Throws<ObjectDisposedException>(segment.Lease);
        Assert.Throws<ObjectDisposedException>(segment.Clone);
        Assert.Throws<ObjectDisposedException>(segment.Memory);
        Assert.Throws<ObjectDisposedException>(() => segment.AsStream());
        unsafe
        {
            Assert.Throws<ObjectDisposedException>(() => (nint)segment.Pointer);
        }

        Assert.Equal(100, segment.Length);
        Assert.StartsWith(Provider.Scheme, segment.ToString());
    }

    [Fact]
    public unsafe void A_lease_keeps_the_mapping_until_it_is_disposed()
    {
        var segment = Provider.Create(100);
        var lease = segment.Lease();
        segment.Dispose();
        lease.Pointer[99] = 4;
        Assert.Equal(4, lease.Pointer[99]);
        lease.Dispose();
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)lease.Pointer);
        Refused(ShMemError.NotFound, () => Provider.Open(segment.Description));
    }

    [Fact]
    public void Memory_keeps_the_mapping_until_its_owner_and_its_last_pin_are_disposed()
    {
        var segment = Provider.Create(100);
        var memory = segment.Memory();
        segment.Dispose();
        memory.Memory.Span[7] = 9;
        var pin = memory.Memory[7..].Pin();
        memory.Dispose();
        memory.Dispose();
        unsafe
        {
            Assert.Equal(9, *(byte*)pin.Pointer);
        }

        Provider.Open(segment.Description).Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Memory.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => memory.Memory.Pin());
        pin.Dispose();
        Refused(ShMemError.NotFound, () => Provider.Open(segment.Description));
    }

    [Fact]
    public void A_stream_keeps_the_mapping_and_does_not_grow()
    {
        var segment = Provider.Create(100);
        using (var stream = segment.AsStream())
        {
            segment.Dispose();
            Assert.Equal(100, stream.Length);
            stream.Write("shmem"u8);
            stream.Position = 0;
            Assert.Equal('s', stream.ReadByte());
            stream.Position = 99;
            stream.WriteByte(1);
            Assert.Throws<NotSupportedException>(() => stream.WriteByte(2));
        }

        Refused(ShMemError.NotFound, () => Provider.Open(segment.Description));
    }

    [Fact]
    public void A_stream_of_no_known_access_holds_nothing()
    {
        var segment = Provider.Create(100);
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.AsStream((FileAccess)99));
        segment.Dispose();
        Refused(ShMemError.NotFound, () => Provider.Open(segment.Description));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 101)]
    [InlineData(100, 1)]
    [InlineData(101, 0)]
    [InlineData(long.MaxValue, int.MaxValue)]
    [InlineData(long.MinValue, 1)]
    public void A_slice_outside_the_segment_is_refused(long offset, int length)
    {
        using var segment = Provider.Create(100);
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Slice(offset, length).Length);
    }

    [Property]
    public void A_slice_is_granted_exactly_where_the_segment_has_it(long offset, int length)
    {
        using var segment = Provider.Create(100);
        if (offset >= 0 && length >= 0 && (Int128)offset + length <= 100) Assert.Equal(length, segment.Slice(offset, length).Length);
        else Assert.Throws<ArgumentOutOfRangeException>(() => segment.Slice(offset, length).Length);
    }

    [Fact]
    public void A_typed_reference_lies_in_the_segment_aligned()
    {
        using var segment = Provider.Create(40);
        segment.Ref<long>(32) = -2;
        Assert.Equal(-2, MemoryMarshal.Read<long>(segment.Slice(32, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<long>(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<long>(33));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<long>(40));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<long>(-8));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<Int128>(8));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<ShMemId>(0));
        segment.Ref<byte>(39) = 1;
        segment.Ref<short>(2) = 1;
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<short>(3));
    }

    [Fact]
    public unsafe void Every_mapping_starts_on_a_page()
    {
        using var segment = Provider.Create(1);
        using var other = Provider.Open(segment.Description);
        Assert.Equal(0, (nint)segment.Pointer % Environment.SystemPageSize);
        Assert.Equal(0, (nint)other.Pointer % Environment.SystemPageSize);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps, within one process. Each derived class is one provider.</summary>
public abstract partial class ShMemProviderContract
{
    private protected abstract ShMemProvider Provider { get; }

    /// <summary>False where an id opens for as long as anybody has the segment.</summary>
    private protected virtual bool IdEndsWithItsOwner => true;

    /// <summary>True where pages can be taken away.</summary>
    private protected virtual bool HasPins => false;

    /// <summary>The service that descriptions name, where segments come from one.</summary>
    private protected virtual string? Service => null;

    /// <summary>Ids of the provider's own scheme that it never gives.</summary>
    public static TheoryData<string> ForeignRests => new("x", "-1", "+1", "99999999999999999999", "2147483647", "1.2", "1.2.3.", "1.2.3.4",
        "0.0.0", "4194305.3.1", "/", "//", "/.", "/..", "/a/b", "/nobody-made-this", "shmem-without-slash", "/a-name-longer-than-thirty-characters",
        new string('9', 50));

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(100_003)]
    public void A_new_segment_has_the_asked_size_and_is_zero(long size)
    {
        using var segment = Provider.Create(size);
        Assert.Equal(size, segment.Length);
        Assert.Equal(new ShMemDescription(segment.Id, size, Service), segment.Description);
        Assert.True(segment.IsOwner);
        Assert.Equal(Provider.Scheme, segment.Id.Scheme);
        Assert.Equal(segment.Id.Rest, segment.NativeId);
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        segment.Span[^1] = 1;
        using var next = Provider.Create(size);
        Assert.Equal(0, next.Span[^1]);
        Assert.NotEqual(segment.Id, next.Id);
    }

    [Fact]
    public void Pages_are_unpinned_and_pinned_exactly_where_they_can_be_taken_away()
    {
        using var segment = Provider.Create(Environment.SystemPageSize);
        if (HasPins)
        {
            segment.Unpin(0, segment.Length);
            Assert.False(segment.Pin(0, segment.Length));
            return;
        }

        var refused = Assert.Throws<ShMemException>(() => segment.Unpin(0, 4096));
        Assert.Equal(ShMemError.Unsupported, refused.Error);
        Assert.StartsWith($"unpin pages of {segment.Id}", refused.Message);
        Assert.Equal(ShMemError.Unsupported, Assert.Throws<ShMemException>(() => segment.Pin(0, 4096)).Error);
    }

    [Fact]
    public void Two_views_of_one_segment_see_each_others_writes()
    {
        using var owner = Provider.Create(100);
        using var other = Provider.Open(owner.Description);
        Assert.False(other.IsOwner);
        owner.Span[0] = 1;
        other.Span[99] = 2;
        Assert.Equal(1, other.Span[0]);
        Assert.Equal(2, owner.Span[99]);
    }

    [Fact]
    public void A_view_of_fewer_bytes_than_the_segment_has_is_granted()
    {
        using var owner = Provider.Create(8192);
        using var part = Provider.Open(owner.Description with { Size = 4097 });
        Assert.Equal(4097, part.Length);
        owner.Span[4096] = 3;
        Assert.Equal(3, part.Span[^1]);
    }

    // LESSONS: "declared size is trusted on attach"; "attach System V with a larger size: Ok; a write past the end changed another live map".
    [Theory]
    [InlineData(101)]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(long.MaxValue)]
    public void A_view_of_more_bytes_than_the_segment_has_is_refused_with_the_real_size(long size)
    {
        using var owner = Provider.Create(100);
        var refused = Refused(ShMemError.TooSmall, () => Provider.Open(owner.Description with { Size = size }));
        Assert.Contains("real size is 100 bytes", refused.Message);
        Assert.Contains($"{size}", refused.Message);
    }

    [Property(MaxTest = 30)]
    public void A_segment_of_any_size_opens_with_any_that_it_has_and_with_no_other(PositiveInt size, PositiveInt other)
    {
        using var owner = Provider.Create(size.Get);
        owner.Span[^1] = 1;
        if (other.Get > size.Get)
        {
            Refused(ShMemError.TooSmall, () => Provider.Open(owner.Description with { Size = other.Get }));
            return;
        }

        using var view = Provider.Open(owner.Description with { Size = other.Get });
        view.Span[^1] = 2;
        Assert.Equal(2, owner.Span[other.Get - 1]);
    }

    [Fact]
    public void A_size_above_the_largest_is_refused_as_a_limit() =>
        Refused(ShMemError.LimitReached, () => Provider.Create(Provider.Capabilities.LargestSize + 1));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_description_without_bytes_is_refused(long size)
    {
        using var owner = Provider.Create(100);
        Refused(ShMemError.Invalid, () => Provider.Open(owner.Description with { Size = size }));
    }

    // LESSONS: "a stale id panics the service thread"; "an unknown id: client hangs".
    [Fact]
    public void A_stale_id_is_not_found()
    {
        var owner = Provider.Create(100);
        owner.Dispose();
        Refused(ShMemError.NotFound, () => Provider.Open(owner.Description));
    }

    [Fact]
    public void The_id_of_another_backend_is_not_found()
    {
        var refused = Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(ShMemId.Parse("served:x/1"), 1)));
        Assert.Contains("served:x/1", refused.Message);
    }

    [Fact]
    public void An_empty_id_is_not_found() => Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(default, 1)));

    // LESSONS: "ShMemId::from_string indexes past 20 bytes and panics; a full id has no NUL and panics too".
    [Theory]
    [MemberData(nameof(ForeignRests))]
    public void An_id_that_nobody_gave_is_not_found(string rest) =>
        Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(ShMemId.Parse($"{Provider.Scheme}:{rest}"), 1)));

    [Fact]
    public void An_id_as_long_as_ids_can_be_is_not_found()
    {
        var rest = new string('7', ShMemId.Size - Provider.Scheme.Length - 1);
        Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(ShMemId.Parse($"{Provider.Scheme}:{rest}"), 1)));
    }

    [Property]
    public void An_invented_id_is_refused_with_a_reason(uint a, uint b, ulong c, bool dots)
    {
        // Above the largest pid and below the numbers that the kernel gives, so that nobody's segment is met.
        var id = ShMemId.Parse(dots ? $"{Provider.Scheme}:{(ulong)a + 4_194_305}.{b}.{c}" : $"{Provider.Scheme}:/{a:x}{c:x}");
        Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(id, 1)));
    }

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

    [Fact]
    public void A_segment_for_a_value_holds_it()
    {
        using var segment = Provider.CreateFor(new DateTime(2026, 1, 2));
        Assert.Equal(8, segment.Length);
        using var other = Provider.Open(segment.Description);
        Assert.Equal(new DateTime(2026, 1, 2), other.Ref<DateTime>(0));
    }

    [Fact]
    public void An_environment_holds_the_description()
    {
        using var segment = Provider.Create(100_003);
        var start = new ProcessStartInfo();
        ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP");
        Assert.Equal(segment.Id.ToString(), start.Environment["SHMEM_TEST_MAP"]);
        Assert.Equal("100003", start.Environment["SHMEM_TEST_MAP_SIZE"]);
        Assert.Null(Environment.GetEnvironmentVariable("SHMEM_TEST_MAP"));
        Assert.Throws<ArgumentException>(() => ShMemEnvironment.Write(segment, start, ""));
        Assert.Throws<ArgumentException>(() => ShMemEnvironment.Write(segment, start, "A=B"));
    }

    [Fact]
    public void An_environment_that_lacks_the_variable_is_refused_by_its_name()
    {
        var refused = Refused(ShMemError.Invalid, () => Provider.OpenFromEnvironment("SHMEM_TEST_NOT_SET"));
        Assert.Contains("SHMEM_TEST_NOT_SET", refused.Message);
    }

    [Fact]
    public void Reading_only_is_granted_exactly_where_the_capabilities_say_so()
    {
        using var segment = Provider.Create(100);
        segment.Span[3] = 4;
        if (!Provider.Capabilities.ReadOnly)
        {
            Refused(ShMemError.Unsupported, () => Provider.Open(segment.Description, ShMemAccess.Read));
            return;
        }

        using var reader = Provider.Open(segment.Description, ShMemAccess.Read);
        Assert.Equal(4, reader.Span[3]);
        segment.Span[3] = 5;
        Assert.Equal(5, reader.Span[3]);
        using var stream = reader.AsStream(FileAccess.Read);
        Assert.False(stream.CanWrite);
    }

    private protected static ShMemException Refused(ShMemError error, Func<ShMem> action)
    {
        var refused = Assert.Throws<ShMemException>(() => action().Dispose());
        Assert.Equal((error, refused.Message), (refused.Error, refused.Message));
        Assert.NotEmpty(refused.Remedy);
        return refused;
    }
}

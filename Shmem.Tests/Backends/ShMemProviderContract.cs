using System.Diagnostics;
using FsCheck;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps, within one process: segments, and which ids open them with which sizes. Each derived class is one provider.</summary>
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
        // As a child inherits it from a process that was itself given another segment under the name.
        start.Environment["SHMEM_TEST_MAP_SERVICE"] = "another";
        ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP");
        Assert.Equal(segment.Id.ToString(), start.Environment["SHMEM_TEST_MAP"]);
        Assert.Equal("100003", start.Environment["SHMEM_TEST_MAP_SIZE"]);
        Assert.Equal(segment.Description.Service, start.Environment.TryGetValue("SHMEM_TEST_MAP_SERVICE", out var service) ? service : null);
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

using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Signals;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Sections without names, reached by handles: what every provider keeps, and what their ids must not reach.</summary>
[SupportedOSPlatform("windows")]
public sealed class Win32HandleTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new Win32ShMemProvider(named: false);

    // LESSONS: "a memfd's or mmap's id is a raw fd number, meaningless in another process".
    [Fact]
    public void An_id_has_the_process_the_handle_and_a_nonce()
    {
        using var segment = Provider.Create(100);
        Assert.Matches($@"^{Environment.ProcessId}\.[0-9]+\.[0-9a-f]{{16}}$", segment.NativeId);
    }

    // LESSONS: "attach a memfd by its fd number, drop: closes the owner's fd".
    [Fact]
    public void A_handle_that_is_another_sections_by_now_is_neither_opened_nor_closed()
    {
        var first = Provider.Create(100);
        Assert.True(HandleId.TryParse(first.Id, out var stale));
        first.Dispose();
        using var second = Provider.Create(100);
        Assert.True(HandleId.TryParse(second.Id, out var id));
        Refused(ShMemError.NotFound, () => Provider.Open(second.Description with { Id = (id with { Nonce = stale.Nonce }).ToId() }));
        using var again = Provider.Open(second.Description);
        Assert.Equal(100, again.Length);
    }

    [Fact]
    public void The_handle_of_something_else_is_neither_opened_nor_closed()
    {
        using var other = new EventWaitHandle(false, EventResetMode.ManualReset);
        var id = new HandleId(Environment.ProcessId, (int)other.SafeWaitHandle.DangerousGetHandle(), 1);
        Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(id.ToId(), 1)));
        Assert.True(other.Set());
    }

    [Fact]
    public void The_named_section_of_this_process_is_not_reached_by_its_handle_and_stays()
    {
        using var named = new Win32ShMemProvider().Create(100);
        for (var number = 4; number < 4096; number += 4)
            Refused(ShMemError.NotFound, () => Provider.Open(new ShMemDescription(new HandleId(Environment.ProcessId, number, 1).ToId(), 1)));
        new Win32ShMemProvider().Open(named.Description).Dispose();
    }

    [Fact]
    public void The_first_view_of_a_duplicated_handle_owns_it()
    {
        using var segment = Provider.Create(100);
        var given = IntoThis(segment);
        Assert.NotEqual(segment.Id, given.Id);
        var first = Provider.Open(given);
        using var second = Provider.Open(given);
        first.Span[0] = 1;
        Assert.Equal((1, 1), (second.Span[0], segment.Span[0]));
        var further = IntoThis(first);
        first.Dispose();
        Refused(ShMemError.NotFound, () => Provider.Open(given));
        Assert.Equal(1, second.Span[0]);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => IntoThis(second)).Error);
        using var third = Provider.Open(further);
        Assert.Equal(1, third.Span[0]);
    }

    [Fact]
    public void A_duplicated_handle_outlives_the_first_owners()
    {
        var segment = Provider.Create(100);
        segment.Span[99] = 9;
        var given = IntoThis(segment);
        segment.Dispose();
        using var opened = Provider.Open(given);
        Assert.Equal(9, opened.Span[99]);
    }

    [Fact]
    public void A_handle_for_reading_opens_for_nothing_else()
    {
        using var segment = Provider.Create(100);
        segment.Span[1] = 3;
        using var self = Process.GetCurrentProcess();
        var given = Win32ShMemProvider.DuplicateInto(segment, self, ShMemAccess.Read);
        Refused(ShMemError.Denied, () => Provider.Open(given));
        using var reader = Provider.Open(given, ShMemAccess.Read);
        Assert.Equal(3, reader.Span[1]);
    }

    [Fact]
    public void What_has_a_name_or_no_view_any_more_is_not_duplicated()
    {
        using var named = new Win32ShMemProvider().Create(100);
        var refused = Assert.Throws<ShMemException>(() => IntoThis(named));
        Assert.Equal(ShMemError.Invalid, refused.Error);
        Assert.Contains("named: false", refused.Remedy);
        var disposed = Provider.Create(100);
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => IntoThis(disposed));
    }

    [Fact]
    public void Processes_that_know_a_segment_by_different_handles_wait_for_one_event()
    {
        using var segment = Provider.Create(100);
        using var other = Provider.Open(IntoThis(segment));
        Assert.NotEqual(segment.Id, other.Id);
        Assert.Equal(NamedEventWait.NameOf(segment.Id, 4), NamedEventWait.NameOf(other.Id, 4));
        Assert.NotEqual(NamedEventWait.NameOf(segment.Id, 4), NamedEventWait.NameOf(segment.Id, 8));
    }

    private static ShMemDescription IntoThis(ShMem segment)
    {
        using var self = Process.GetCurrentProcess();
        return Win32ShMemProvider.DuplicateInto(segment, self);
    }
}

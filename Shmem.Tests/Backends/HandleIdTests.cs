using Shmem.Backends;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Ids of sections that are reached by handles, as text: what needs no Windows.</summary>
public sealed class HandleIdTests
{
    [Fact]
    public void Ids_of_one_section_have_one_in_common_whoever_has_the_handle()
    {
        var id = new HandleId(100, 8, 0x1234);
        Assert.Equal("win:100.8.0000000000001234", id.ToId().ToString());
        Assert.Equal(HandleId.InCommon(id.ToId()), HandleId.InCommon(new HandleId(200, 12, id.Nonce).ToId()));
        Assert.NotEqual(HandleId.InCommon(id.ToId()), HandleId.InCommon((id with { Nonce = 0x1235 }).ToId()));
    }

    [Theory]
    [InlineData(@"win:Local\shmem-x")]
    [InlineData("win:0100.8.0000000000001234")]
    [InlineData("win:100.8.1234")]
    [InlineData("win:100.8.000000000000123G")]
    [InlineData("win:100.8")]
    [InlineData("win:-1.8.0000000000001234")]
    [InlineData("memfd:100.8.1234")]
    public void An_id_of_another_spelling_stays_what_it_is(string text)
    {
        var id = ShMemId.Parse(text);
        Assert.False(HandleId.TryParse(id, out _));
        Assert.Equal(id, HandleId.InCommon(id));
    }

    [Fact]
    public void Comparing_allocates_nothing()
    {
        var id = new HandleId(int.MaxValue, int.MaxValue, ulong.MaxValue).ToId();
        Assert.Equal(0, Allocations.OfRounds(() => HandleId.InCommon(id)));
    }
}

using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>What holds of ashmem on a machine without the device. With it, .ci/ashmem runs the rest.</summary>
[SupportedOSPlatform("linux")]
public sealed class AshmemTests
{
    // asm-generic/ioctl.h: two bits of direction (1 = the kernel reads), 14 of size, 8 of type, 8 of number.
    [Theory]
    [InlineData(AshmemDevice.ASHMEM_SET_NAME, 1, 1, AshmemDevice.ASHMEM_NAME_LEN)]
    [InlineData(AshmemDevice.ASHMEM_GET_NAME, 2, 2, AshmemDevice.ASHMEM_NAME_LEN)]
    [InlineData(AshmemDevice.ASHMEM_SET_SIZE, 3, 1, 8)]
    [InlineData(AshmemDevice.ASHMEM_GET_SIZE, 4, 0, 0)]
    [InlineData(AshmemDevice.ASHMEM_SET_PROT_MASK, 5, 1, 8)]
    [InlineData(AshmemDevice.ASHMEM_GET_PROT_MASK, 6, 0, 0)]
    [InlineData(AshmemDevice.ASHMEM_PIN, 7, 1, 8)]
    [InlineData(AshmemDevice.ASHMEM_UNPIN, 8, 1, 8)]
    [InlineData(AshmemDevice.ASHMEM_GET_PIN_STATUS, 9, 0, 0)]
    public void The_commands_are_those_of_the_macros(uint command, uint number, uint direction, uint size) =>
        Assert.Equal((direction << 30) | (size << 16) | (0x77 << 8) | number, command);

    [Fact]
    public void Without_a_device_and_libandroid_a_service_refuses_each_segment_with_the_reason()
    {
        Assert.SkipWhen(AshmemRegion.Present.Count > 0, "this machine has the device: .ci/ashmem");
        using var fixture = new ServiceFixture(new AshmemFiles());
        var refused = Assert.Throws<ShMemException>(() => fixture.Provider.Create(100));
        Assert.Equal(ShMemError.Unsupported, refused.Error);
        Assert.Contains("/dev/ashmem", refused.Message);
    }
}

using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// macOS on ARM64 passes the variadic arguments of <c>fcntl</c>, <c>shm_open</c> and <c>openat</c> on the stack, where a plain declaration passes them
/// in registers and the callee reads garbage. A declaration with fillers for what is left of the eight registers puts them there.
/// </summary>
internal static class AppleArm64
{
    public static bool IsHere => OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}

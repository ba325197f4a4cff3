using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Runtime;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// Walks a stopped thread's stack along the saved frame pointers, which both the runtime's own code and compiled methods keep. Used where the
/// debugging library gives no frame: a thread inside one of the runtime's fast calls. x86-64 only.
/// </summary>
internal static class FramePointerWalk
{
    // From the CONTEXT record of x86-64.
    private const int ContextSize = 1232;
    private const uint ContextFull = 0x0010000B;
    private const int RbpOffset = 0xA0;
    private const int RipOffset = 0xF8;

    private const int MaxFrames = 50_000;

    /// <summary>The methods on the stack, innermost first; none on another architecture.</summary>
    public static IEnumerable<ClrMethod> Of(ClrThread thread)
    {
        var reader = thread.Runtime.DataTarget.DataReader;
        var context = new byte[ContextSize];
        if (reader.Architecture != Architecture.X64 || !reader.GetThreadContext(thread.OSThreadId, ContextFull, context))
            yield break;
        var address = BitConverter.ToUInt64(context, RipOffset);
        var frame = BitConverter.ToUInt64(context, RbpOffset);
        for (var i = 0; i < MaxFrames; i++)
        {
            if (thread.Runtime.GetMethodByInstructionPointer(address) is { } method)
                yield return method;

            // Stacks grow down: a caller's frame lies above, or the chain is broken.
            if (!reader.ReadPointer(frame, out var caller) || !reader.ReadPointer(frame + 8, out address) || caller <= frame)
                yield break;
            frame = caller;
        }
    }
}

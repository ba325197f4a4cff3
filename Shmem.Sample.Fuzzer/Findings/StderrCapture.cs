using System.Buffers;
using System.Text;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// Keeps the first and the last 512 KiB of what a process writes to stderr: a stack overflow can print 13 MB, and a chatty target
/// more, but the runtime's last words begin or end what there is. Not thread-safe: one reader owns it.
/// </summary>
internal sealed class StderrCapture
{
    /// <summary>Bytes kept of the start, and again of the end.</summary>
    public const int PartSize = 512 * 1024;

    private readonly ArrayBufferWriter<byte> _head = new();
    private byte[] _tail = [];
    private long _tailBytes;

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var toHead = Math.Min(bytes.Length, PartSize - _head.WrittenCount);
        _head.Write(bytes[..toHead]);
        bytes = bytes[toHead..];
        if (bytes.IsEmpty)
            return;
        if (_tail.Length == 0)
            _tail = new byte[PartSize];

        // Only the last PartSize bytes can stay; they wrap round the end of the buffer at most once.
        var skipped = Math.Max(0, bytes.Length - PartSize);
        _tailBytes += skipped;
        bytes = bytes[skipped..];
        var at = (int)(_tailBytes % PartSize);
        var untilWrap = Math.Min(bytes.Length, PartSize - at);
        bytes[..untilWrap].CopyTo(_tail.AsSpan(at));
        bytes[untilWrap..].CopyTo(_tail);
        _tailBytes += bytes.Length;
    }

    /// <summary>What was kept, as text; where something is left out a line of its own says so, and the cut lines beside it are dropped.</summary>
    public override string ToString()
    {
        var head = Encoding.UTF8.GetString(_head.WrittenSpan);
        var kept = (int)Math.Min(_tailBytes, PartSize);
        if (kept == 0)
            return head;
        var start = (int)((_tailBytes - kept) % PartSize);
        byte[] bytes = [.. _tail.AsSpan(start, Math.Min(kept, PartSize - start)), .. _tail.AsSpan(0, Math.Max(0, kept - (PartSize - start)))];
        var leftOut = _tailBytes - kept;
        if (leftOut == 0)
            return Encoding.UTF8.GetString([.. _head.WrittenSpan, .. bytes]);
        var tail = Encoding.UTF8.GetString(bytes);
        return $"{head[..(head.LastIndexOf('\n') + 1)]}[{leftOut} bytes left out]\n{tail[(tail.IndexOf('\n') + 1)..]}";
    }
}

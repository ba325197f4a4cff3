using System.Buffers;
using System.Text;

namespace Shmem.Actors.Workers;

/// <summary>The first and the last bytes of a stream: what a crashed process said is at the end, how it began is at the start.</summary>
/// <remarks>Not thread-safe: one pump appends, and the text is taken when it has ended.</remarks>
internal sealed class OutputCapture(int capacity)
{
    private readonly int _half = capacity / 2;
    private readonly ArrayBufferWriter<byte> _head = new();
    private byte[] _tail = [];
    private long _past;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(_half - _head.WrittenCount, bytes.Length);
        _head.Write(bytes[..room]);
        bytes = bytes[room..];
        if (bytes.IsEmpty) return;
        if (_tail.Length == 0) _tail = new byte[_half];
        _past += bytes.Length;
        if (bytes.Length > _half) bytes = bytes[^_half..];
        // Byte n past the head stands at n modulo the ring's length.
        var start = (int)((_past - bytes.Length) % _half);
        var untilEnd = Math.Min(bytes.Length, _half - start);
        bytes[..untilEnd].CopyTo(_tail.AsSpan(start));
        bytes[untilEnd..].CopyTo(_tail);
    }

    public override string ToString()
    {
        var head = Encoding.UTF8.GetString(_head.WrittenSpan);
        if (_past == 0) return head;
        if (_past <= _half) return Encoding.UTF8.GetString([.. _head.WrittenSpan, .. _tail.AsSpan(0, (int)_past)]);
        var start = (int)(_past % _half);
        byte[] tail = [.. _tail.AsSpan(start), .. _tail.AsSpan(0, start)];
        return $"{head}\n[{_past - _half} bytes left out]\n{Encoding.UTF8.GetString(tail)}";
    }
}

using System.Buffers.Binary;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>A finding with its input as bytes: <c>[u16 length of the header, little endian][header: the finding as UTF-8 JSON][input]</c>.</summary>
internal static class FindingPayload
{
    /// <summary>The longest input, in bytes.</summary>
    public const int MaxInput = 1024 * 1024;

    /// <summary>Makes the payload. Throws <see cref="ArgumentException"/> for an input beyond <see cref="MaxInput"/>.</summary>
    public static byte[] Write(Finding finding, ReadOnlySpan<byte> input)
    {
        if (input.Length > MaxInput)
            throw new ArgumentException($"an input of {input.Length} bytes is longer than {MaxInput}", nameof(input));
        var header = finding.ToJson();
        var payload = new byte[sizeof(ushort) + header.Length + input.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, (ushort)header.Length);
        header.CopyTo(payload, sizeof(ushort));
        input.CopyTo(payload.AsSpan(sizeof(ushort) + header.Length));
        return payload;
    }

    /// <summary>Takes a payload from outside apart; false where its lengths or its header cannot be true. The input is a part of the payload.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Finding? finding, out ReadOnlySpan<byte> input)
    {
        finding = null;
        input = default;
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(payload, out var length))
            return false;
        payload = payload[sizeof(ushort)..];
        if (length > payload.Length || payload.Length - length > MaxInput)
            return false;
        finding = Finding.FromJson(payload[..length]);
        if (finding is null)
            return false;
        input = payload[length..];
        return true;
    }
}

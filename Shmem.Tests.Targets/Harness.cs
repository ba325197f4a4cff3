namespace Shmem.Tests.Targets;

/// <summary>Target methods of every shape that the fuzzer takes, and of some that it refuses.</summary>
public class Harness
{
    public static byte[]? LastArray;
    public static int LastLength;
    private static Stream? _kept;
    private readonly int _made = 1;

    public static void Span(ReadOnlySpan<byte> data) => LastLength = data.Length;

    public static void Array(byte[] data) => LastArray = data;

    public static int Text(string text) => LastLength = text.Length;

    public void Instance(ReadOnlySpan<byte> data) => LastLength = data.Length + _made;

    public static void Disposes(Stream stream)
    {
        using (stream)
        {
            LastLength = 0;
            while (stream.ReadByte() >= 0)
                LastLength++;
        }
    }

    public static void Keeps(Stream stream) => _kept = stream;

    public static int ReadsKept(byte[] data) => _kept!.ReadByte();

    public static void Throws(byte[] data) => throw new InvalidDataException("as itself");

    public static async Task ThrowsLater(byte[] data)
    {
        await Task.Yield();
        throw new InvalidDataException("as itself");
    }

    public static async ValueTask<int> ThrowsLaterWithValue(byte[] data)
    {
        await Task.Yield();
        throw new InvalidDataException("as itself");
    }

    public static void Overloaded(int n)
    {
    }

    public static void Overloaded(byte[] data, int n)
    {
    }

    public static void Overloaded(byte[] data)
    {
    }

    public static void Ambiguous(string data)
    {
    }

    public static void Ambiguous(byte[] data)
    {
    }

    public static void Wrong(int n)
    {
    }

    public static void Generic<T>(byte[] data)
    {
    }

    public static string DnlibVersion = "";

    /// <summary>Uses a library that the fuzzer has too, in another version.</summary>
    public static void OtherVersion(byte[] data)
    {
        DnlibVersion = typeof(dnlib.DotNet.ModuleDefMD).Assembly.GetName().Version!.ToString();
        _ = new dnlib.DotNet.UTF8String(data);
    }

    public static void Json(byte[] data)
    {
        using var reader = new Newtonsoft.Json.JsonTextReader(new StreamReader(new MemoryStream(data)));
        while (reader.Read())
        {
        }
    }

    public static void Proto(byte[] data) => Google.Protobuf.WellKnownTypes.Struct.Parser.ParseFrom(data);

    public static class Nested
    {
        internal static void Hidden(ReadOnlySpan<byte> data) => LastLength = data.Length;
    }
}

public static class FailsToStart
{
    private static readonly int Divisor = 0;
    private static readonly int Value;

    static FailsToStart() => Value = 1 / Divisor;

    public static void Run(byte[] data) => _ = Value;
}

public class NeedsArgument(int n)
{
    public void Run(byte[] data) => _ = n;
}

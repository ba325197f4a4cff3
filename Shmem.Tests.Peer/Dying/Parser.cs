using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>A library that throws in every shape that the compiler gives a method.</summary>
public sealed class Parser : IDisposable
{
    public Parser()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public Parser(string text) => throw new FormatException($"bad input {text}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Parse(string text) => throw new FormatException($"bad input {text}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ParseWithThrower(string text) => ThrowHelper.ThrowFormat(text);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T ParseAs<T>(string text) => throw new FormatException($"bad {typeof(T).Name} {text}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ParseByLambda(string text)
    {
        Action parse = [MethodImpl(MethodImplOptions.NoInlining)] () => throw new FormatException($"bad input {text}");
        parse();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ParseByLocal(string text)
    {
        Inner(text);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Inner(string text) => throw new FormatException($"bad input {text}");
    }

    public static IEnumerable<int> ParseAll(string text)
    {
        yield return 1;
        if (text.Length == 1)
            throw new FormatException($"bad input {text}");
        yield return 2;
    }

    public static async Task<int> ParseAsync(string text)
    {
        await Task.Yield();
        throw new FormatException($"bad input {text}");
    }

    public static async Task ParseByAsyncLambda(string text)
    {
        Func<Task> parse = async () =>
        {
            await Task.Yield();
            throw new FormatException($"bad input {text}");
        };
        await parse();
    }

    public static async void Forget(string text)
    {
        await Task.Yield();
        throw new FormatException($"bad input {text}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ParseWrapped(string text)
    {
        try
        {
            Parse(text);
        }
        catch (FormatException inner)
        {
            throw new InvalidOperationException("cannot parse", inner);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ParseRethrown(string text)
    {
        try
        {
            Parse(text);
        }
        catch (FormatException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Length(string text) => text.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    void IDisposable.Dispose() => throw new FormatException("bad input");

    public sealed class Nested<T>
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Parse(T value) => throw new FormatException($"bad {typeof(T).Name} {value}");
    }
}

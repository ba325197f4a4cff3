using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shmem.Tests.Targets;

/// <summary>Every method computes a text from bytes, through one kind of code that rewriting could break.</summary>
public static class OddShapes
{
    private static readonly int[] Table = [3, 1, 4, 1, 5, 9, 2, 6];

    public static string TryCatchFinally(byte[] data)
    {
        var log = new StringBuilder();
        foreach (var b in data)
        {
            try
            {
                try
                {
                    if (b % 5 == 0)
                        throw new InvalidOperationException(b.ToString(CultureInfo.InvariantCulture));
                    if (b % 7 == 0)
                        continue;
                    log.Append(100 / (b % 3));
                    if (b == 250)
                        break;
                }
                catch (DivideByZeroException)
                {
                    log.Append('z');
                    if (b % 2 == 0)
                        continue;
                    log.Append('o');
                }
                finally
                {
                    try
                    {
                        log.Append(b > 128 ? 'H' : 'L');
                    }
                    finally
                    {
                        for (var i = 0; i < b % 4; i++)
                            log.Append('f');
                    }
                }
            }
            catch (InvalidOperationException e) when (e.Message.Length > 1 && (b & 1) == 0)
            {
                log.Append("F").Append(e.Message);
            }
            catch (InvalidOperationException e) when (Rethrows(e))
            {
                log.Append("never");
            }
            catch (InvalidOperationException)
            {
                log.Append("I");
            }
        }

        return log.ToString();
    }

    private static bool Rethrows(Exception e) => e.Message == "5" ? throw new FormatException() : false;

    public static string Switches(byte[] data)
    {
        var state = 0;
        foreach (var b in data)
        {
            switch (b & 15)
            {
                case 0: state++; break;
                case 1: case 2: case 3: state += 2; goto case 9;
                case 4: state ^= b; break;
                case 5: goto default;
                case 9: state -= 1; break;
                case 10: if (state > 5) goto case 0; break;
                case 11: return "early" + state;
                default: state *= 3; break;
            }
        }

        return state switch { < 0 => "neg", 0 => "zero", 1 or 2 or 3 => "few", > 1000 and < 5000 => "many", _ => state.ToString(CultureInfo.InvariantCulture) };
    }

    public static string Ternaries(byte[] data)
    {
        long sum = 0;
        foreach (var b in data)
            sum += Add(b, b > 100 ? b > 200 ? b : -b : b == 50 ? 7 : (b & 1) == 0 ? Table[b & 7] : b << 2, b is 1 or 3 && sum > 0 || b > 250 ? 1.5 : b / 3.0);
        return sum + (sum > 0 ? "p" : sum < 0 ? "n" : "z") + (data.Length > 2 ? data[0] < data[1] ? data[2] : data[1] : (object)"short");
    }

    private static long Add(long a, int b, double c) => a + b + (long)(c < 10 ? c : double.IsNaN(c) ? 0 : 10);

    public static string Iterators(byte[] data) => string.Join(",", Pairs(data).Where(p => p.Item1 != p.Item2).Select(p => p.Item1 - p.Item2));

    private static IEnumerable<(int, int)> Pairs(byte[] data)
    {
        try
        {
            for (var i = 0; i + 1 < data.Length; i += 2)
            {
                if (data[i] == 99)
                    yield break;
                yield return (data[i], data[i + 1]);
            }
        }
        finally
        {
            data.AsSpan().Reverse();
            data.AsSpan().Reverse();
        }
    }

    public static string Async(byte[] data) => AsyncCore(data).GetAwaiter().GetResult();

    private static async Task<string> AsyncCore(byte[] data)
    {
        var log = new StringBuilder();
        foreach (var b in data)
        {
            try
            {
                if (b % 3 == 0)
                    await Task.Yield();
                if (b % 11 == 0)
                    throw new ArgumentException("x");
                log.Append(await Double(b));
            }
            catch (ArgumentException) when (b != 11)
            {
                await Task.CompletedTask;
                log.Append('A');
            }
            catch (ArgumentException)
            {
                log.Append('B');
            }
            finally
            {
                await Task.CompletedTask;
            }
        }

        return log.ToString();
    }

    private static async ValueTask<int> Double(byte b) => b > 127 ? await Task.FromResult(b * 2) : b;

    public static string Generics(byte[] data)
    {
        var smallest = new Smallest<byte>();
        var names = new Smallest<string>();
        foreach (var b in data)
        {
            smallest.Offer(b);
            names.Offer(b.ToString(CultureInfo.InvariantCulture));
        }

        return $"{smallest} {names} {Describe(data.Length)} {Describe("x")} {Describe(new Odd { Value = data.Length })}";
    }

    // A constrained call, on a value type and on a reference.
    private static string Describe<T>(T value) => value is null ? "null" : value.ToString() + value.GetHashCode().Equals(0);

    private struct Odd
    {
        public int Value;

        public override readonly string ToString() => Value % 2 == 0 ? "even" : "odd";

        public override readonly int GetHashCode() => Value;
    }

    private sealed class Smallest<T>
        where T : IComparable<T>
    {
        private T? _value;
        private bool _has;

        public void Offer(T value)
        {
            if (!_has || value.CompareTo(_value) < 0)
                _value = value;
            _has = true;
        }

        public override string ToString() => _has ? _value!.ToString()! : "none";
    }

    public static unsafe string Pointers(byte[] data)
    {
        var sum = 0;
        fixed (byte* p = data)
        {
            for (var q = p; q < p + data.Length; q++)
                sum = *q > 10 ? sum + *q : sum ^ *q;
        }

        var scratch = stackalloc int[4];
        for (var i = 0; i < data.Length; i++)
            scratch[i & 3] += data[i] & 1;
        ref var largest = ref scratch[0];
        for (var i = 1; i < 4; i++)
            largest = ref scratch[i] > largest ? ref scratch[i] : ref largest;
        return $"{sum} {largest}";
    }

    public static string Unsigned(byte[] data)
    {
        var log = new StringBuilder();
        for (var i = 0; i + 8 <= data.Length; i += 8)
        {
            var x = BitConverter.ToUInt64(data, i);
            var d = BitConverter.ToDouble(data, i);
            log.Append(x > long.MaxValue ? 'b' : 's').Append(d < 0 ? '-' : d >= 0 ? '+' : 'N');
            try
            {
                log.Append(checked((int)x + (sbyte)data[i] * int.MaxValue));
            }
            catch (OverflowException)
            {
                log.Append('O');
            }
        }

        return log.ToString();
    }

    public static string StaticConstructor(byte[] data) => data.Length > 3 ? Initialised.Text : data.Length.ToString(CultureInfo.InvariantCulture);

    private static class Initialised
    {
        public static readonly string Text;

        static Initialised()
        {
            var s = "";
            for (var i = 0; i < 3; i++)
                s += i == 1 ? "one" : "other";
            Text = s;
        }
    }

    public static string Locks(byte[] data)
    {
        var gate = new object();
        var n = 0;
        for (var i = 0; i < data.Length;)
        {
            lock (gate)
            {
                do
                {
                    n += data[i] > 9 ? 1 : 2;
                    if (n > 40)
                        return "full at " + i;
                }
                while (++i < data.Length && data[i] != 0);
            }

            i++;
        }

        return n.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>For the test that says which edges a run takes: one loop, one branch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Loop(byte[] data)
    {
        var n = 0;
        for (var i = 0; i < data.Length; i++)
        {
            if (data[i] == 1)
                n++;
        }

        return n;
    }
}

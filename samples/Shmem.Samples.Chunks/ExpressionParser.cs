namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>TEXT</c>: sums and products of whole numbers (64 bits, wrapping), with the names <c>w</c>, <c>h</c> and <c>n</c> (width, height and
/// frames), round brackets, and square brackets for the largest of a list, as in <c>2*(w+3)-[h,n]</c>. A sum has at most 128 terms.
/// </summary>
internal ref struct ExpressionParser(ReadOnlySpan<byte> text, ChunkDocument document)
{
    private const int MaxTerms = 128;

    private readonly ReadOnlySpan<byte> _text = text;
    private readonly ChunkDocument _document = document;
    private int _position;

    public long Evaluate()
    {
        var value = Sum();
        if (Next() != 0)
            throw new ChunkFormatException("Something stands behind an expression.");
        return value;
    }

    private long Sum()
    {
        Span<long> terms = stackalloc long[MaxTerms];
        var count = 0;
        terms[count++] = Product();
        while (count < MaxTerms)
        {
            if (Accept((byte)'+'))
                terms[count++] = Product();
            else if (Accept((byte)'-'))
                terms[count++] = -Product();
            else
                break;
        }

        var sum = 0L;
        foreach (var term in terms[..count])
            sum += term;
        return sum;
    }

    private long Product()
    {
        var value = Factor();
        while (true)
        {
            if (Accept((byte)'*'))
                value *= Factor();
            else if (Accept((byte)'/'))
                value = Divide(value, Factor());
            else
                return value;
        }
    }

    // PLANTED BUG (stack overflow): nothing limits how deep brackets nest; a level is three calls and the terms of a sum.
    private long Factor()
    {
        if (Accept((byte)'('))
        {
            var value = Sum();
            Require((byte)')');
            return value;
        }

        return Accept((byte)'[') ? Largest() : Operand();
    }

    private long Largest()
    {
        var value = Sum();
        while (Accept((byte)','))
            value = Math.Max(value, Sum());
        Require((byte)']');
        return value;
    }

    private long Operand()
    {
        var next = Next();
        _position++;
        switch (next)
        {
            case (byte)'w':
                return _document.Width;
            case (byte)'h':
                return _document.Height;
            case (byte)'n':
                return _document.FrameCount;
            case >= (byte)'0' and <= (byte)'9':
                long number = next - '0';
                while (_position < _text.Length && _text[_position] is >= (byte)'0' and <= (byte)'9')
                    number = number * 10 + (_text[_position++] - '0');
                return number;
            default:
                throw new ChunkFormatException("An operand is missing.");
        }
    }

    private static long Divide(long value, long divisor) => divisor switch
    {
        0 => throw new ChunkFormatException("An expression divides by zero."),
        -1 => unchecked(-value), // the smallest number has no opposite: the division would throw
        _ => value / divisor,
    };

    private bool Accept(byte wanted)
    {
        if (Next() != wanted)
            return false;

        _position++;
        return true;
    }

    private void Require(byte wanted)
    {
        if (!Accept(wanted))
            throw new ChunkFormatException("A closing bracket is missing.");
    }

    /// <summary>The next byte that is not a blank, without going past it; 0 at the end.</summary>
    private byte Next()
    {
        while (_position < _text.Length && _text[_position] == ' ')
            _position++;
        return _position < _text.Length ? _text[_position] : (byte)0;
    }
}

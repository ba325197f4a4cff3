namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>IMAG</c>: a coding byte (its lowest bit: prediction is used), then the rows as commands. A command is a byte: two bits say what,
/// six bits say how many less one: 0 = colour numbers follow; 1 = one colour number, repeated; 2 = copy pixels from a distance (8 bits) back;
/// 3 = one pixel, the colour number above it plus the six bits as a signed number (with prediction only).
/// </summary>
internal ref struct ImageChunk
{
    private readonly ReadOnlySpan<uint> _palette;
    private readonly Span<byte> _numbers; // kept for prediction only
    private readonly Span<uint> _colours;
    private readonly int _width;
    private readonly int _depth;
    private PayloadReader _reader;
    private int _position;

    private ImageChunk(PayloadReader reader, ChunkDocument document, uint[] palette, uint[] colours)
    {
        _reader = reader;
        _numbers = (_reader.ReadByte() & 1) != 0 ? new byte[colours.Length] : [];
        _palette = palette;
        _width = document.Width;
        _depth = document.Depth;
        _colours = colours;
    }

    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        if (document.Palette is not uint[] { Length: > 0 } palette)
            throw new ChunkFormatException("A picture comes before its palette.");

        var colours = new uint[document.Width * document.Height];
        var image = new ImageChunk(new PayloadReader(payload), document, palette, colours);
        while (image._position < colours.Length)
            image.ReadCommand();
        document.Picture = colours;
    }

    private void ReadCommand()
    {
        int command = _reader.ReadByte();
        var count = (command & 0x3F) + 1;
        switch (command >> 6)
        {
            case 0:
                RequireRoom(count);
                foreach (var number in _reader.ReadBytes(count))
                    PutChecked(number);
                break;
            case 1:
                RequireRoom(count);
                var repeated = _reader.ReadByte();
                for (var i = 0; i < count; i++)
                    PutChecked(repeated);
                break;
            case 2:
                RequireRoom(count);
                Copy(_reader.ReadByte(), count);
                break;
            default:
                Predict((command << 26) >> 26);
                break;
        }
    }

    private readonly void RequireRoom(int count)
    {
        if (count > _width - _position % _width)
            throw new ChunkFormatException("A command runs past its row.");
    }

    private void Copy(int distance, int count)
    {
        if (distance == 0 || distance > _position)
            throw new ChunkFormatException("A copy starts outside the picture.");

        for (var i = 0; i < count; i++)
        {
            if (!_numbers.IsEmpty)
                _numbers[_position] = _numbers[_position - distance];
            _colours[_position] = _colours[_position - distance];
            _position++;
        }
    }

    private void Predict(int difference)
    {
        if (_numbers.IsEmpty)
            throw new ChunkFormatException("The coding has no prediction.");
        if (_position < _width)
            throw new ChunkFormatException("The first row has nothing above it.");

        var number = _numbers[_position - _width] + difference;
        if (number < 0)
            throw new ChunkFormatException("A predicted colour number is negative.");
        if (number >= 1 << _depth)
            throw new ChunkFormatException("A predicted colour number is larger than its depth allows.");

        // PLANTED BUG (exception): the depth's limit is not the palette's, which may be shorter: IndexOutOfRangeException in Put.
        Put((byte)number);
    }

    private void PutChecked(byte number)
    {
        if (number >= _palette.Length)
            throw new ChunkFormatException("A colour number is not in the palette.");

        Put(number);
    }

    private void Put(byte number)
    {
        if (!_numbers.IsEmpty)
            _numbers[_position] = number;
        _colours[_position] = _palette[number];
        _position++;
    }
}

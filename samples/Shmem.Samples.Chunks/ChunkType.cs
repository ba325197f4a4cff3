namespace Shmem.Samples.Chunks;

/// <summary>The four letters of a chunk's type, as they stand in the file, first letter in the lowest byte.</summary>
public enum ChunkType : uint
{
    /// <summary><c>HEAD</c>: size and depth of the picture. Comes before all others.</summary>
    Header = 'H' | 'E' << 8 | 'A' << 16 | (uint)'D' << 24,

    /// <summary><c>PLTE</c>: the colours.</summary>
    Palette = 'P' | 'L' << 8 | 'T' << 16 | (uint)'E' << 24,

    /// <summary><c>META</c>: keys and values.</summary>
    Metadata = 'M' | 'E' << 8 | 'T' << 16 | (uint)'A' << 24,

    /// <summary><c>TIME</c>: the key frames of an animation.</summary>
    Timeline = 'T' | 'I' << 8 | 'M' << 16 | (uint)'E' << 24,

    /// <summary><c>XREF</c>: references to places in this file or in other volumes of its set.</summary>
    References = 'X' | 'R' << 8 | 'E' << 16 | (uint)'F' << 24,

    /// <summary><c>GRID</c>: a table of small numbers, of which the file may leave out the end.</summary>
    Grid = 'G' | 'R' << 8 | 'I' << 16 | (uint)'D' << 24,

    /// <summary><c>IMAG</c>: the picture's rows, run-length coded.</summary>
    Image = 'I' | 'M' << 8 | 'A' << 16 | (uint)'G' << 24,

    /// <summary><c>TEXT</c>: an arithmetic expression.</summary>
    Expression = 'T' | 'E' << 8 | 'X' << 16 | (uint)'T' << 24,
}

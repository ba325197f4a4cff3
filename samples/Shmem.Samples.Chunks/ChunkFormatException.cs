namespace Shmem.Samples.Chunks;

/// <summary>The data is not a valid chunk file: the only exception that the reader means to throw.</summary>
public sealed class ChunkFormatException : Exception
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public ChunkFormatException()
    {
    }

    /// <summary>Makes an exception that says what is wrong.</summary>
    /// <param name="message">What is wrong, as one short sentence.</param>
    public ChunkFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception that says what is wrong and what it came from.</summary>
    /// <param name="message">What is wrong, as one short sentence.</param>
    /// <param name="innerException">The cause.</param>
    public ChunkFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// <c>findings.jsonl</c>: one finding a line, appended by its only writer. A writer that died in the middle of a line leaves a torn last
/// line: readers pass over it and the next writer begins a new one. Not thread-safe.
/// </summary>
internal sealed class FindingsFile : IDisposable
{
    private readonly FileStream _file;

    private FindingsFile(FileStream file) => _file = file;

    /// <summary>Opens the file for appending, and creates it where there is none. Others may read it meanwhile.</summary>
    public static FindingsFile Open(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            if (file.Length > 0)
            {
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n')
                    file.WriteByte((byte)'\n');
            }

            return new FindingsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends a line by one write.</summary>
    public void Append(Finding finding) => _file.Write([.. finding.ToJson(), (byte)'\n']);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>All whole findings of the file, in order; lines that are none are passed over.</summary>
    public static IEnumerable<Finding> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach (var line in Lines(file))
        {
            if (Finding.FromJson(line) is { } finding)
                yield return finding;
        }
    }

    // Own line splitting, since a reader of text would keep a hostile line of any length in memory.
    private static IEnumerable<byte[]> Lines(FileStream file)
    {
        var line = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var tooLong = false;
        for (var count = file.Read(buffer); count > 0; count = file.Read(buffer))
        {
            for (var start = 0; start < count;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', start, count - start);
                var part = (end < 0 ? count : end) - start;
                tooLong |= line.Length + part > Finding.MaxJson;
                if (!tooLong)
                    line.Write(buffer, start, part);
                start += part + 1;
                if (end < 0)
                    continue;
                if (!tooLong)
                    yield return line.ToArray();
                line.SetLength(0);
                tooLong = false;
            }
        }
    }
}

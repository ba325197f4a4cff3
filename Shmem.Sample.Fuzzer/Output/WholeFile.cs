namespace Shmem.Sample.Fuzzer.Output;

/// <summary>Writes a file that is either there with all its bytes or not at all, also after kill -9 (not after power loss).</summary>
internal static class WholeFile
{
    /// <summary>How names begin that a killed fuzzer may leave; the next one removes them by <see cref="RemoveLeft"/>.</summary>
    public const string TemporaryPrefix = ".tmp-";

    // Also what begins with a dot, which the default leaves out as hidden.
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = FileAttributes.Directory };

    private static int s_serial;

    /// <summary>Removes what a killed fuzzer left half written in the folder, which nobody else may write to meanwhile.</summary>
    public static void RemoveLeft(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, TemporaryPrefix + "*", s_all))
        {
            if (IsTemporary(Path.GetFileName(file))) File.Delete(file);
        }
    }

    /// <summary>Writes beside <paramref name="path"/> and renames.</summary>
    /// <exception cref="IOException">The disk is full, or the file exists and <paramref name="overwrite"/> is false.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool overwrite)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, $"{TemporaryPrefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_serial)}");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                file.Write(bytes);
            File.Move(temporary, path, overwrite);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>As <see cref="Write"/> names them: a process and a number.</summary>
    private static bool IsTemporary(string name) => name[TemporaryPrefix.Length..].Split('-') is [var process, var serial] && IsNumber(process) && IsNumber(serial);

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}

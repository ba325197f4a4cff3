using System.Text.Json;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary><c>findings.jsonl</c>: append only. A line that a killed fuzzer left half written is passed over.</summary>
internal sealed class FindingsFile(string path)
{
    private readonly Lock _gate = new();

    /// <summary>Adds one line. Any thread.</summary>
    public void Append(FindingRecord finding)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(finding, FindingJson.Default.FindingRecord);
        lock (_gate)
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            var torn = file.Length > 0 && LastByte(file) != '\n';
            file.Seek(0, SeekOrigin.End);
            // One write for the whole line: a kill before it leaves nothing.
            file.Write(torn ? [(byte)'\n', .. line, (byte)'\n'] : [.. line, (byte)'\n']);
        }
    }

    /// <summary>Every whole line, in the order of their finding.</summary>
    public IReadOnlyList<FindingRecord> ReadAll()
    {
        if (!File.Exists(path))
            return [];
        var findings = new List<FindingRecord>();
        foreach (var line in File.ReadLines(path))
        {
            if (TryParse(line) is { } finding)
                findings.Add(finding);
        }
        return findings;
    }

    /// <summary>What a campaign that goes on knows: where nobody has confirmed the input that is saved, the next that does the same alone is to be saved, too.</summary>
    public IEnumerable<string> ConfirmedKeys() => ReadAll().Where(finding => finding.Confirmed is not false).Select(finding => finding.Key);

    private static FindingRecord? TryParse(string line)
    {
        if (line.Length == 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize(line, FindingJson.Default.FindingRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int LastByte(FileStream file)
    {
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte();
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>File names of saved inputs, as afl-fuzz writes them: <c>id:000003,src:000001,time:12,execs:34,op:havoc</c>.
/// Windows allows no colon in a name; there it is an underscore, as in AFL's builds without colons.</summary>
internal sealed class EntryName(char colon)
{
    /// <summary>Longest file name that the file systems of all our platforms take, in bytes.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+=@");

    /// <summary>The names of this platform.</summary>
    public static EntryName Native { get; } = new(OperatingSystem.IsWindows() ? '_' : ':');

    /// <summary>A seed's entry in the queue. Bytes of its own name that are unsafe in a name or separate fields become <c>_</c>.</summary>
    public string Seed(int id, string originalName)
    {
        var head = Text($"id:{id:D6},time:0,execs:0,orig:");
        var name = new StringBuilder(head);
        foreach (var c in originalName)
        {
            if (name.Length == MaxLength)
                break;
            name.Append(s_plain.Contains(c) ? c : '_');
        }
        return name.ToString();
    }

    /// <summary>A crash; <paramref name="signal"/> is what ended the process, or would have ended it (6 for an exception: .NET aborts).</summary>
    public string Crash(int id, int signal, Provenance from) => Cut(Text($"id:{id:D6},sig:{signal:D2}") + Fields(from));

    /// <summary>An entry that the campaign found, a hang, or an input that did not reproduce.</summary>
    public string Plain(int id, Provenance from) => Cut(Text($"id:{id:D6}") + Fields(from));

    /// <summary>The number in a name of either spelling.</summary>
    public static bool TryParseId(ReadOnlySpan<char> name, out int id)
    {
        id = 0;
        if (!name.StartsWith("id:") && !name.StartsWith("id_"))
            return false;
        var digits = name[3..];
        var end = digits.IndexOf(',');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }

    private string Fields(Provenance from)
    {
        var source = from.Source is { } entry ? $",src:{entry:D6}" : "";
        return Text($"{source},time:{(long)from.Time.TotalMilliseconds},execs:{from.Executions},op:") + Safe(from.Operation);
    }

    private string Text(string fields) => colon == ':' ? fields : fields.Replace(':', colon);

    private static string Safe(string operation) => string.Concat(operation.Select(c => s_plain.Contains(c) ? c : '_'));

    private static string Cut(string name) => name.Length <= MaxLength ? name : name[..MaxLength];
}

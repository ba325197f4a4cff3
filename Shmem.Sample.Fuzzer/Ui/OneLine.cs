namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>Text from files, targets and users on its way to a terminal.</summary>
internal static class OneLine
{
    /// <summary>The text with every run of control characters as one blank: it stays one line, and cannot steer the terminal.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            return text;
        var line = new System.Text.StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsControl(c))
                line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }
}

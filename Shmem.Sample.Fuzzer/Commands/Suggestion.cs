namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
internal static class Suggestion
{
    // Two slips are still a typo; in a short name they make another one.
    private const int MaxSlips = 2;

    /// <summary>The nearest of <paramref name="names"/>; null: none is near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> names) => names
        .Select(name => (Name: name, Slips: Slips(typed, name)))
        .Where(candidate => candidate.Slips <= Math.Min(MaxSlips, candidate.Name.TrimStart('-').Length / 2))
        .OrderBy(candidate => candidate.Slips)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    /// <summary>Letters to put in, leave out, change or swap with their neighbour (optimal string alignment). A missing or surplus leading dash
    /// is no slip, nor is the case of a letter.</summary>
    internal static int Slips(string typed, string name)
    {
        var a = typed.TrimStart('-').ToLowerInvariant();
        var b = name.TrimStart('-').ToLowerInvariant();
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[a.Length, b.Length];
    }
}

using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>The seeds of <c>-i</c>.</summary>
internal sealed class SeedFolder
{
    /// <summary>Largest input that the fuzzer handles, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    private SeedFolder(IReadOnlyList<Seed> seeds, IReadOnlyList<string> warnings)
    {
        Seeds = seeds;
        Warnings = warnings;
    }

    /// <summary>What a campaign starts from when neither <c>-i</c> nor its target brings seeds.</summary>
    public static Seed BuiltIn { get; } = new("built-in", "hello"u8.ToArray());

    /// <summary>In the order of their names; at least one.</summary>
    public IReadOnlyList<Seed> Seeds { get; }

    /// <summary>One line for each file that was passed over.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads every file of a folder, or the one file that <paramref name="path"/> is. Names that begin with a dot and AFL's own
    /// <c>README.txt</c> are no seeds.</summary>
    /// <exception cref="InputException">Nothing there, nothing usable, or a file that cannot be read.</exception>
    public static SeedFolder Read(string path)
    {
        var seeds = new List<Seed>();
        var warnings = new List<string>();
        foreach (var file in Files(path))
        {
            var bytes = ReadFile(file, out var passedOver);
            if (passedOver is null)
                seeds.Add(new Seed(Path.GetFileName(file), bytes));
            else
                warnings.Add($"{file}: {passedOver}; passed over");
        }
        if (seeds.Count > 0)
            return new SeedFolder(seeds, warnings);
        var why = warnings.Count == 0 ? "no file in it" : $"no file in it can be used ({warnings[0]})";
        throw new InputException(path, why, $"Put files of 1 to {MaxLength} bytes there, or leave out -i for a built-in seed.");
    }

    private static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new InputException(path, "no such folder", "Give a folder of seeds with -i, or leave it out for a built-in seed.");
        try
        {
            return [.. Directory.GetFiles(path)
                .Where(file => Path.GetFileName(file) is var name && name[0] != '.' && name != "README.txt")
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "cannot be listed", "Make the folder readable, or give another -i.");
        }
    }

    /// <summary>Reads one file, unless it cannot be an input.</summary>
    public static bool TryRead(string path, out byte[] bytes, out string? why)
    {
        try
        {
            bytes = ReadFile(path, out why);
            return why is null;
        }
        catch (InputException unreadable)
        {
            (bytes, why) = ([], unreadable.Why);
            return false;
        }
    }

    private static byte[] ReadFile(string path, out string? passedOver)
    {
        try
        {
            // A link's own length is not its target's. A pipe's is 0, so it is passed over before an open could block.
            var length = (File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target : new FileInfo(path)).Length;
            passedOver = length switch
            {
                0 => "empty",
                > MaxLength => $"{length} bytes, more than {MaxLength}",
                _ => null,
            };
            return passedOver is null ? File.ReadAllBytes(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "cannot be read", "Make the file readable, or take it out of the seeds.");
        }
    }
}

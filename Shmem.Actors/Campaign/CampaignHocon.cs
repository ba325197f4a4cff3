using Akka.Configuration;

namespace Shmem.Actors.Campaign;

/// <summary>The settings of a campaign's actor systems: <c>akka.hocon</c>, which explains each of them.</summary>
public static class CampaignHocon
{
    /// <summary>The environment variable that names a file of the user's own settings.</summary>
    public const string EnvironmentVariable = "SHMEM_HOCON";

    /// <summary>The name of the file that is looked for beside the program.</summary>
    public const string FileName = "akka.hocon";

    /// <summary>
    /// Reads the settings. The file <paramref name="path"/>, else the one that <c>SHMEM_HOCON</c> names, goes before <c>akka.hocon</c> beside the program, which
    /// goes before the copy that this library carries; each need only hold what it changes.
    /// </summary>
    /// <param name="path">A file of the user's own, or null.</param>
    /// <exception cref="ConfigurationException">
    /// A file that was named cannot be read, or Akka's parser refuses a file. The parser is lenient: an unclosed bracket, say, it takes.
    /// </exception>
    public static Config Load(string? path = null)
    {
        var builtIn = Embedded();
        var settings = Parse(builtIn, "the built-in settings");
        var beside = Path.Combine(AppContext.BaseDirectory, FileName);
        // Mostly the same text, and every worker reads it.
        if (File.Exists(beside) && Read(beside) is var text && text != builtIn) settings = Parse(text, beside).WithFallback(settings);
        var own = path ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        return string.IsNullOrEmpty(own) ? settings : Parse(Read(own), own).WithFallback(settings);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: {unreadable.Message}", unreadable);
        }
    }

    private static Config Parse(string text, string source)
    {
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception malformed) when (malformed is not OutOfMemoryException)
        {
            // Akka's parser throws whatever it stumbles over.
            throw new ConfigurationException($"{source} is not HOCON: {malformed.Message}", malformed);
        }
    }

    private static string Embedded()
    {
        using var stream = typeof(CampaignHocon).Assembly.GetManifestResourceStream(FileName)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

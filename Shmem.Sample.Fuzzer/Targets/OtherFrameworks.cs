using System.Reflection;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// The shared frameworks that are installed beside the one that we run on, ASP.NET Core say: what they hold lies beside no target that was not published self-contained.
/// Ours never loads them, so that a target has them for itself. Of each it is the newest that goes with our runtime's version.
/// </summary>
internal static class OtherFrameworks
{
    private static readonly Lazy<IReadOnlyList<string>> Folders = new(() => [.. Installed()]);

    /// <summary>The file of an assembly in that version or a later one; null where none of them has it.</summary>
    public static string? Find(string simpleName, Version? version) => Folders.Value.Select(folder => Path.Combine(folder, simpleName + ".dll"))
        .FirstOrDefault(path => File.Exists(path) && VersionOf(path) is { } found && (version is null || found >= version));

    private static IEnumerable<string> Installed()
    {
        // DOTNET_ROOT/shared/Microsoft.NETCore.App/10.0.0; a program that was published self-contained lies elsewhere.
        var own = Path.GetDirectoryName(SharedFramework.Folder)!;
        if (Path.GetFileName(own) != "Microsoft.NETCore.App") yield break;
        foreach (var framework in Directory.EnumerateDirectories(Path.GetDirectoryName(own)!).Where(folder => folder != own).Order(StringComparer.Ordinal))
        {
            var newest = Directory.EnumerateDirectories(framework)
                .Select(folder => (Folder: folder, Version: Version.TryParse(Path.GetFileName(folder).Split('-')[0], out var version) ? version : null))
                .Where(found => found.Version is { } version && (version.Major, version.Minor) == (Environment.Version.Major, Environment.Version.Minor))
                .MaxBy(found => found.Version);
            if (newest.Folder is not null) yield return newest.Folder;
        }
    }

    private static Version? VersionOf(string path)
    {
        try
        {
            return AssemblyName.GetAssemblyName(path).Version;
        }
        catch (BadImageFormatException)
        {
            return null; // a native library
        }
    }
}

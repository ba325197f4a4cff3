namespace Shmem.Tests;

/// <summary>The folder that Shmem.sln lies in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Shmem.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No Shmem.sln above {AppContext.BaseDirectory}.");
        return folder.FullName;
    }
}

namespace Shmem.Backends.Service;

/// <summary>Where a service of this user is found.</summary>
internal static class ServiceAddress
{
    /// <summary>The path of its socket, or of its pipe on Windows.</summary>
    /// <param name="folder">The run-time folder; null is that of the environment. Windows has none.</param>
    /// <param name="service">The service's name.</param>
    /// <exception cref="ShMemException">The name is none, or the folder cannot be used.</exception>
    public static string Of(string? folder, string service) => OperatingSystem.IsWindows()
        ? Pipes.PipeName.Of(service)
        : ServiceSocket.PathOf(folder is null ? RuntimeFolder.Open() : RuntimeFolder.Open(folder), service);

    /// <exception cref="ShMemException">The name is none.</exception>
    public static void CheckName(string service)
    {
        if (ShMemDescription.IsServiceName(service)) return;
        throw new ShMemException(ShMemError.Invalid, $"name a service '{service}'", "a service's name is 1 to 32 of [a-z0-9-]", "Choose a name of these.");
    }
}

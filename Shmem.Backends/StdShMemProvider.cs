using Shmem.Backends.Heap;
using Shmem.Backends.Memfd;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Backends.SysV;
using Shmem.Backends.Win32;

namespace Shmem.Backends;

/// <summary>
/// The backend that suits this machine: on Linux the first that works of memfd, POSIX and System V, on macOS of POSIX and System V, on Windows sections of the page file. It opens
/// the ids of every backend that this operating system has, and those of services.
/// </summary>
/// <remarks>
/// <para>What works is found out once per process, by creating a segment. The environment variable <c>SHMEM_BACKEND</c> (<c>memfd</c>, <c>posix</c>,
/// <c>sysv</c>, <c>win</c>, <c>heap</c>, or <c>served:NAME</c> for a service that runs) names the one to use; no other is tried then.</para>
/// <para>
/// <code>
/// // In the first process:
/// using var map = new StdShMemProvider().Create(65536);
/// Console.WriteLine(map.Id);
///
/// // In the second process:
/// using var same = new StdShMemProvider().Open(new ShMemDescription(ShMemId.Parse(args[0]), 65536));
/// </code>
/// </para>
/// </remarks>
public sealed class StdShMemProvider : ShMemProvider
{
    /// <summary>The environment variable that names the backend to use.</summary>
    public const string BackendVariable = "SHMEM_BACKEND";

    private const string ServedPrefix = "served:";

    // A failure is not kept: what was missing, such as a free descriptor, may be there the next time.
    private static readonly Lazy<(ShMemProvider Provider, IReadOnlyList<ShMemException> Refused)> Suited =
        new(Choose, LazyThreadSafetyMode.PublicationOnly);

    private readonly ShMemProvider[] _backends = [.. Backends()];

    /// <summary>Creates a provider over the backend that suits this machine.</summary>
    /// <exception cref="ShMemException">None works, or the one that <c>SHMEM_BACKEND</c> names does not; the message has each one's reason.</exception>
    public StdShMemProvider() : this(Environment.GetEnvironmentVariable(BackendVariable))
    {
    }

    /// <summary>Creates a provider over the backend of the given scheme, or over the one that suits this machine.</summary>
    /// <param name="scheme">Such as <c>memfd</c>, or <c>served:NAME</c> for the service of that name; null or empty chooses.</param>
    /// <exception cref="ShMemException">There is no such backend here, or none works.</exception>
    public StdShMemProvider(string? scheme)
    {
        if (string.IsNullOrEmpty(scheme))
        {
            (Chosen, Refused) = Suited.Value;
            return;
        }

        Refused = [];
        if (scheme.StartsWith(ServedPrefix, StringComparison.Ordinal))
        {
            Chosen = new ServedShMemProvider(scheme[ServedPrefix.Length..]);
            return;
        }

        Chosen = Array.Find(_backends, b => b.Scheme == scheme) ?? throw new ShMemException(ShMemError.Unsupported,
            $"choose backend '{scheme}'", "this operating system has no such backend",
            $"Name one of {string.Join(", ", _backends.Select(b => b.Scheme))}.");
    }

    /// <summary>The backend that creates segments.</summary>
    public ShMemProvider Chosen { get; }

    /// <summary>Why each backend that is preferred to the chosen one was not taken; empty where the first one works, or one was named.</summary>
    public IReadOnlyList<ShMemException> Refused { get; }

    /// <inheritdoc/>
    public override string Scheme => Chosen.Scheme;

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities => Chosen.Capabilities;

    /// <summary>Tries each backend in the order of preference, by creating and opening a segment.</summary>
    /// <returns>Each with the reason why it does not work here; null where it does.</returns>
    public static IEnumerable<(ShMemProvider Provider, ShMemException? Refused)> Try() =>
        // The heap is no choice: what must be shared would not be.
        Backends().Where(b => b.Capabilities.Scope != ShMemScope.Process).Select(b => (b, Try(b)));

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size) => Chosen.CreateCore(size);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size, in ShMemCreateOptions options) => Chosen.CreateCore(size, options);

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access) =>
        description.Id.HasScheme("served"u8)
            ? ServedShMemProvider.OpenByItsService(description, access)
            : BackendOf(description.Id, "open").OpenCore(description, access);

    /// <inheritdoc/>
    protected internal override ShMem CreateNamedCore(string name, long size) => Chosen.CreateNamedCore(name, size);

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access) => Chosen.OpenNamedCore(name, size, access);

    /// <inheritdoc/>
    protected internal override bool RemoveCore(in ShMemId id) => BackendOf(id, "remove").RemoveCore(id);

    private static IEnumerable<ShMemProvider> Backends()
    {
        if (OperatingSystem.IsLinux())
        {
            yield return new MemfdShMemProvider();
            yield return new PosixShMemProvider();
            yield return new SysVShMemProvider();
        }

        if (OperatingSystem.IsMacOS())
        {
            yield return new PosixShMemProvider();
            yield return new SysVShMemProvider();
        }

        if (OperatingSystem.IsWindows()) yield return new Win32ShMemProvider();
        yield return new HeapShMemProvider();
    }

    private ShMemProvider BackendOf(in ShMemId id, string verb)
    {
        foreach (var backend in _backends)
            if (backend.Scheme == id.Scheme) return backend;
        throw new ShMemException(ShMemError.NotFound, $"{verb} {(id.IsEmpty ? "an empty id" : id)}",
            "this operating system has no backend of that scheme", $"There are {string.Join(", ", _backends.Select(b => b.Scheme))}.");
    }

    private static (ShMemProvider Provider, IReadOnlyList<ShMemException> Refused) Choose()
    {
        var reasons = new List<ShMemException>();
        foreach (var (provider, refused) in Try())
        {
            if (refused is null) return (provider, reasons);
            reasons.Add(refused);
        }

        throw reasons.Count == 0
            ? new ShMemException(ShMemError.Unsupported, "choose a backend", "this operating system lets no process reach another's memory by itself",
                $"Start a {nameof(ShMemService)}, and set {BackendVariable} to {ServedPrefix} and its name in every process.")
            : new ShMemException(ShMemError.Unsupported, "choose a backend", string.Join("; ", reasons.Select(r => r.Message)), "Mend one of these.");
    }

    private static void CreateAndOpen(ShMemProvider backend)
    {
        using var segment = backend.Create(1);
        using var again = backend.Open(segment.Description);
    }

    private static ShMemException? Try(ShMemProvider backend)
    {
        try
        {
            if (OperatingSystem.IsLinux()) ShMemCampaign.Trying(() => CreateAndOpen(backend));
            else CreateAndOpen(backend);
            return null;
        }
        catch (ShMemException e)
        {
            return e;
        }
    }
}

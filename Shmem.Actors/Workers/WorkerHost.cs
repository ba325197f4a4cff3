using System.Runtime.InteropServices;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;
using Shmem.Actors.Campaign;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// The worker's side of <see cref="WorkerProcess"/>. Starting it is the first thing that a worker's <c>Main</c> does, before it loads anything of
/// the target: the process then leads its own session, reads and writes <c>/dev/null</c> on descriptors 0 and 1, and kills itself when the
/// broker is gone.
/// </summary>
public sealed class WorkerHost
{
    private readonly Stream _parent;

    internal WorkerHost(Stream parent, WorkerBootstrap bootstrap)
    {
        _parent = parent;
        Bootstrap = bootstrap;
        Holder = HolderId.Of(bootstrap.ProcessNumber, Environment.ProcessId);
    }

    /// <summary>What the broker told this process.</summary>
    public WorkerBootstrap Bootstrap { get; }

    /// <summary>This process as a holder of leases.</summary>
    public HolderId Holder { get; }

    /// <summary>True where the broker wants this process to join its campaign; else it works by itself and answers by its exit.</summary>
    public bool Joins => Bootstrap.Broker.Length > 0;

    /// <summary>
    /// Becomes a worker. Called once, from the thread that runs <c>Main</c>. On Linux the process that started this one, and what that starts, may trace it from now on.
    /// </summary>
    /// <exception cref="InvalidDataException">Standard input does not hold a <see cref="WorkerBootstrap"/>.</exception>
    public static WorkerHost Start()
    {
        if (!Console.IsInputRedirected) throw new InvalidDataException("A worker is told on standard input what to do. Only the broker starts workers.");
        ProcessGroup.Lead();
        // Who reads the stacks of a process that hangs is a child of the broker, as that one is.
        if (OperatingSystem.IsLinux()) LibcTracing.AllowParent();
        var parent = OperatingSystem.IsWindows() ? Console.OpenStandardInput() : TakeStandardInput();
        var host = new WorkerHost(parent, WorkerBootstrap.Read(parent));
        new Thread(host.WatchParent) { IsBackground = true, Name = "parent watch" }.Start();
        return host;
    }

    /// <summary>
    /// Starts the worker's actor system and joins the campaign. The system lives for as long as the process; nobody has to end it.
    /// </summary>
    /// <param name="handler">What to do with the broker's messages.</param>
    /// <param name="joinLimit">How long joining may take; null for 30 s.</param>
    /// <param name="unreachableLimit">
    /// How long the process goes on after the connection to the broker was given up, before it kills itself; null for 10 s. The settings say when a
    /// connection is given up (<c>akka.remote.watch-failure-detector</c>).
    /// </param>
    /// <exception cref="InvalidOperationException">The process was told of no broker, or the broker refused it.</exception>
    /// <exception cref="Akka.Configuration.ConfigurationException">The broker gave no certificate, and the settings here ask for TLS.</exception>
    /// <exception cref="TimeoutException">The broker did not answer in time.</exception>
    public async Task<WorkerConnection> JoinAsync(IWorkerHandler handler, TimeSpan? joinLimit = null, TimeSpan? unreachableLimit = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (!Joins) throw new InvalidOperationException("This process was told of no broker.");
        // The actor system uses it until the process ends. A broker without TLS gives none.
        var certificate = Bootstrap.Certificate.IsEmpty ? null : CampaignCertificate.Import(Bootstrap.Certificate.Span);
        var system = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(certificate));
        var joined = new TaskCompletionSource<WorkerConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new WorkerActor(this, handler, unreachableLimit ?? TimeLimits.Ask, joined)), "worker");
        return await joined.Task.WaitAsync(joinLimit ?? TimeSpan.FromSeconds(30)).ConfigureAwait(false);
    }

    /// <summary>Moves the pipe to a descriptor that no child inherits, and puts /dev/null in its place and in standard output's.</summary>
    private static FileStream TakeStandardInput()
    {
        const int FirstFree = 3;
        var moved = LibcProcess.DuplicateForUs(0, FirstFree);
        if (moved < 0) throw new InvalidDataException($"Standard input cannot be moved: {Marshal.GetLastPInvokeErrorMessage()}.");
        var pipe = new SafeFileHandle(moved, ownsHandle: true);
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        // A target that reads gets nothing, and what it prints costs no pipe and no reader. The descriptor outlives the calls.
        var descriptor = (int)nothing.DangerousGetHandle();
        _ = LibcProcess.Dup2(descriptor, 0);
        _ = LibcProcess.Dup2(descriptor, 1);
        // Unbuffered, so that only the bootstrap's own bytes are taken.
        return new FileStream(pipe, FileAccess.Read, bufferSize: 0);
    }

    private void WatchParent()
    {
        Span<byte> nothing = stackalloc byte[64];
        try
        {
            while (_parent.Read(nothing) > 0)
            {
                // Nobody sends anything after the bootstrap.
            }
        }
        catch (IOException)
        {
            // A broken pipe says the same as its end.
        }

        ProcessGroup.KillOwn();
    }
}

namespace Shmem.Backends.Service;

/// <summary>What a frame between a service and a client says. The numbers are of the wire. There is none that stops a service.</summary>
internal enum FrameKind : ushort
{
    /// <summary>The service's first word to a connection that it accepts. No body.</summary>
    Welcome = 1,

    /// <summary>A new segment is wanted: its size (8 bytes).</summary>
    Create = 2,

    /// <summary>A segment is wanted by its id (64 bytes).</summary>
    Open = 3,

    /// <summary>A segment is no longer held: its id (64 bytes).</summary>
    Release = 4,

    /// <summary>The answer to <see cref="Create"/> and <see cref="Open"/>, which gives a lease: the id (64 bytes), the size (8 bytes) and, beside the frame, the descriptor.</summary>
    Granted = 5,

    /// <summary>The answer to <see cref="Release"/>. No body.</summary>
    Released = 6,

    /// <summary>The answer to what cannot be done: error (4 bytes), errno (4 bytes), and three texts: operation, reason, remedy.</summary>
    Refused = 7,

    /// <summary>The connection's process is about to start a child: how long to keep for it what the connection holds (8 bytes, in units of 100 ns).</summary>
    PreFork = 8,

    /// <summary>The answer to <see cref="PreFork"/>: the token (8 bytes), the child's process number (8), how many leases are kept (4).</summary>
    ForkPrepared = 9,

    /// <summary>The child is known: the token (8 bytes), its process number (8), its pid (4).</summary>
    PostFork = 10,

    /// <summary>The connection's process is the child: the token (8 bytes), its process number (8), its pid as it sees it (4).</summary>
    ClaimFork = 11,

    /// <summary>No child came to be: the token (8 bytes).</summary>
    AbortFork = 12,

    /// <summary>The connection's process means to be restarted: how long to keep what it holds, from its end on (8 bytes, in units of 100 ns).</summary>
    OnRestart = 13,

    /// <summary>The answer to <see cref="OnRestart"/>: who the connection is (process number, 8 bytes; pid, 4; start time, 8), for its successor.</summary>
    RestartPrepared = 14,

    /// <summary>The connection's process goes on in another one's place: who that was (20 bytes, as in <see cref="RestartPrepared"/>).</summary>
    Succeed = 15,

    /// <summary>The successor has opened what it needs: who its predecessor was (20 bytes).</summary>
    AcknowledgeRestart = 16,

    /// <summary>The answer to <see cref="PostFork"/>, <see cref="ClaimFork"/>, <see cref="AbortFork"/>, <see cref="Succeed"/> and
    /// <see cref="AcknowledgeRestart"/>. No body.</summary>
    Done = 17,

    /// <summary>The answer to <see cref="Open"/> of what the connection has a lease on already: as <see cref="Granted"/>. A client that cannot use it gives nothing back.</summary>
    AlreadyHeld = 18,
}

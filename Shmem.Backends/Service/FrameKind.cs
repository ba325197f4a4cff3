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

    /// <summary>The answer to <see cref="Create"/> and <see cref="Open"/>: the id (64 bytes), the size (8 bytes) and, beside the frame, the descriptor.</summary>
    Granted = 5,

    /// <summary>The answer to <see cref="Release"/>. No body.</summary>
    Released = 6,

    /// <summary>The answer to what cannot be done: error (4 bytes), errno (4 bytes), and three texts: operation, reason, remedy.</summary>
    Refused = 7,
}

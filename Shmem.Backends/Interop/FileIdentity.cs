namespace Shmem.Backends.Interop;

/// <summary>What tells a file from every other that exists: its device and its inode. On tmpfs no inode is used again before a restart.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);

namespace Shmem.Backends.Slots;

/// <summary>One of a process's last inputs, copied out of its ring.</summary>
/// <param name="Number">The input's number in its process, from 1: the newest has the greatest.</param>
/// <param name="Bytes">The test case.</param>
public readonly record struct RecordedInput(long Number, byte[] Bytes);

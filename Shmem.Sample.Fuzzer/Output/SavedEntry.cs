namespace Shmem.Sample.Fuzzer.Output;

/// <summary>A saved input: its number and its whole path.</summary>
internal readonly record struct SavedEntry(int Id, string Path);

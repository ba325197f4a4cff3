namespace Shmem.Backends.Corpus;

/// <summary>The campaign-wide name of a record: the slot whose log it stands in, and its number there, counted from 0 over all segments and kinds but links.</summary>
/// <param name="Slot">The worker slot, 0 or more.</param>
/// <param name="Ordinal">The record's number in the slot's log.</param>
public readonly record struct CorpusAddress(int Slot, long Ordinal);

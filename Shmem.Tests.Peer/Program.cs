using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["chunk-run", var file] => ChunkRun.Run(file),
    ["chunk-neighbours", var file] => ChunkRun.RunNeighbours(file),
    _ => 2,
};

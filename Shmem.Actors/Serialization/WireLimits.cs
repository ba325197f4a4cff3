namespace Shmem.Actors.Serialization;

/// <summary>What a message of a campaign may measure; more is refused on either side.</summary>
internal static class WireLimits
{
    /// <summary>Bytes of one message.</summary>
    public const int MessageBytes = 64 * 1024;

    /// <summary>Items of a list.</summary>
    public const int Items = 4096;

    /// <summary>Characters of a string.</summary>
    public const int Characters = 1024;
}

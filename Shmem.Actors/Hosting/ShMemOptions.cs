namespace Shmem.Actors.Hosting;

/// <summary>Options of <see cref="ShMemServiceCollectionExtensions.AddShMem"/>.</summary>
public sealed class ShMemOptions
{
    /// <summary>The backend that creates segments, such as <c>memfd</c>.</summary>
    /// <value>Null: the one that <c>SHMEM_BACKEND</c> names, else the one that suits this machine.</value>
    public string? Backend { get; set; }
}

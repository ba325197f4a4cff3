namespace Shmem.Backends.Lifetime;

/// <summary>Stands for a fork that was announced: who starts the child gives it to the child, and the child claims its leases with it, once.</summary>
/// <param name="Value">A number that the broker gives only once. It is no secret: whoever can send it is a member of the campaign.</param>
public readonly record struct ForkToken(long Value)
{
    /// <summary>The number, for logs.</summary>
    public override string ToString() => $"fork {Value}";
}

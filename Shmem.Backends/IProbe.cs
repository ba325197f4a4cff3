namespace Shmem.Backends;

/// <summary>Called at every step of a protocol in shared memory. A struct's type argument is compiled in by itself, so that <see cref="NoProbe{TStep}"/> leaves no trace in the code.</summary>
internal interface IProbe<TStep> where TStep : Enum
{
    static abstract void Reached(TStep step);
}

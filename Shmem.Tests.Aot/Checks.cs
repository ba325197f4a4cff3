namespace Shmem.Tests.Aot;

/// <summary>Runs checks by name and counts them; a failed one is printed and the next goes on.</summary>
internal sealed class Checks
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public void Run(string name, Action check)
    {
        try
        {
            check();
            Passed++;
        }
#pragma warning disable CA1031 // Whatever a check throws is its failure.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failed++;
            Console.WriteLine($"failed: {name}: {e}");
        }
    }
}

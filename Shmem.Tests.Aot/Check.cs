using System.Runtime.CompilerServices;

namespace Shmem.Tests.Aot;

/// <summary>What a check expects.</summary>
internal static class Check
{
    public static void That(bool holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        if (!holds) throw new InvalidOperationException($"not so: {what}");
    }

    /// <summary>The action is refused, by an exception of this type.</summary>
    /// <returns>The exception.</returns>
    public static T Refused<T>(Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T refused)
        {
            return refused;
        }

        throw new InvalidOperationException($"not refused: {what}");
    }
}

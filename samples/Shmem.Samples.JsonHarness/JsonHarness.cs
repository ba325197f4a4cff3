using Newtonsoft.Json;

namespace Shmem.Samples.JsonHarness;

/// <summary>
/// How to fuzz a library from NuGet: one method that gives it the input and treats what the library says of bad input as normal.
/// <code>
/// shmem-fuzz fuzz --assembly Shmem.Samples.JsonHarness.dll --method Shmem.Samples.JsonHarness.JsonHarness.Read
/// </code>
/// </summary>
public static class JsonHarness
{
    /// <summary>Reads every token of a text.</summary>
    /// <param name="text">The input, decoded from UTF-8.</param>
    public static void Read(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text));
            while (reader.Read())
            {
                // Only whether it can be read counts.
            }
        }
        catch (JsonException)
        {
            // What the library throws on text that is not JSON.
        }
    }
}

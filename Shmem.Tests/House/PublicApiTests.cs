using System.Reflection;
using PublicApiGenerator;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>The public API of the two libraries is a text that people review: a change of it is a change of that text.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Shmem.Backends")]
    [InlineData("Shmem.Actors")]
    public void The_public_API_is_the_approved_one(string library)
    {
        var approved = Path.Combine(Repository.Root, "Shmem.Tests", "House", $"{library}.approved.txt");
        var received = Path.ChangeExtension(approved, null).Replace(".approved", ".received.txt");
        var api = Assembly.Load(library).GeneratePublicApi(new ApiGeneratorOptions
        {
            IncludeAssemblyAttributes = false,
            DenyNamespacePrefixes = [],
        }).ReplaceLineEndings("\n") + "\n";

        if (Environment.GetEnvironmentVariable("SHMEM_APPROVE") == "1") File.WriteAllText(approved, api);
        if (File.Exists(approved) && File.ReadAllText(approved).ReplaceLineEndings("\n") == api)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, api);
        Assert.Fail($"The public API of {library} is not the approved one. Compare {received} with {approved}; "
            + "to approve it, run this test with SHMEM_APPROVE=1 and commit the approved file.");
    }
}

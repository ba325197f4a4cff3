using System.Diagnostics;
using System.Text;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>The code blocks of README.md. The second process stands in Shmem.Tests.Peer/Verbs/ReadmeExamples.cs.</summary>
public sealed class ReadmeExamples
{
    [Fact]
    public void Two_processes_share_a_segment()
    {
        var (program, arguments) = ("dotnet", new[] { PeerSession.Assembly, "readme-second-process" });

        // README: first-process
        using var map = new StdShMemProvider().Create(65536);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        ShMemEnvironment.Write(map, start, "MAP"); // MAP is its id, MAP_SIZE its size
        using var second = Process.Start(start)!;
        second.StandardOutput.ReadToEnd(); // until the second process has ended
        var text = Encoding.ASCII.GetString(map.Slice(0, 5)); // "hello"
        // end

        Assert.Equal("hello", text);
    }
}

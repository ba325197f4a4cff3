using System.Diagnostics;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Hosting;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
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

    [Fact]
    public async Task A_host_has_the_actors()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var services = builder.Services;

        // README: embedding
        using var certificate = CampaignCertificate.Create();
        services.AddShMem().AddAkka("shmem", akka => akka.WithShMem().WithCampaign(certificate));
        // end

        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var provider = host.Services.GetRequiredService<IRequiredActor<RcShMemProviderActor>>().ActorRef;
        var created = await provider.Ask<SegmentCreated>(new CreateSegment(4096, new HolderId(0, 1, 1), "map"), PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(4096, created.Segment.Size);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}

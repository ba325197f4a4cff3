using Akka.Configuration;
using Shmem.Actors.Campaign;
using Xunit;

namespace Shmem.Tests.Campaign;

public sealed class CampaignHoconTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_file_of_the_users_own_changes_what_it_names_and_nothing_else()
    {
        File.WriteAllText(_file, "akka.loglevel = DEBUG");

        var settings = CampaignHocon.Load(_file);

        Assert.Equal("DEBUG", settings.GetString("akka.loglevel"));
        Assert.Equal("OFF", settings.GetString("akka.stdout-loglevel"));
    }

    [Fact]
    public void The_file_beside_the_program_is_the_one_that_the_library_carries()
    {
        using var embedded = new StreamReader(typeof(CampaignHocon).Assembly.GetManifestResourceStream(CampaignHocon.FileName)!);

        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, CampaignHocon.FileName)), embedded.ReadToEnd());
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ConfigurationException>(() => CampaignHocon.Load(_file));

        Assert.Contains(_file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_the_parser_refuses_is_named()
    {
        File.WriteAllText(_file, "akka.loglevel = ${no.such.key}");

        var error = Assert.Throws<ConfigurationException>(() => CampaignHocon.Load(_file));

        Assert.Contains(_file, error.Message, StringComparison.Ordinal);
    }
}

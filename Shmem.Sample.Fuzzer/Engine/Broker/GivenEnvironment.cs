using Akka.Configuration;
using Shmem.Actors.Campaign;
using Shmem.Backends;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What the environment's variables name has to be there: it is the user's as much as what the command line says.</summary>
internal static class GivenEnvironment
{
    /// <exception cref="InputException">Processes cannot share the memory that it names, or there is none.</exception>
    public static void CheckSharedMemory()
    {
        try
        {
            if (new StdShMemProvider().Capabilities.Scope == ShMemScope.Process)
            {
                throw new InputException($"{StdShMemProvider.BackendVariable}={Environment.GetEnvironmentVariable(StdShMemProvider.BackendVariable)}",
                    "its segments cannot be shared with workers", "Name another backend, or none.");
            }
        }
        catch (ShMemException unusable)
        {
            throw new InputException("the shared memory", unusable.Message.TrimEnd('.'), "'doctor' tells more.");
        }
    }

    /// <exception cref="InputException">The file of settings that it names cannot be used.</exception>
    public static void CheckSettings()
    {
        try
        {
            CampaignHocon.Load();
        }
        catch (ConfigurationException unreadable)
        {
            throw new InputException(CampaignHocon.EnvironmentVariable, unreadable.Message.TrimEnd('.'), "Name a file of settings, or none.");
        }
    }
}

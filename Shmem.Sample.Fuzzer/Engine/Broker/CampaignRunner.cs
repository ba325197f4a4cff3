using System.Security.Cryptography;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The command <c>fuzz</c>: checks everything that the user gave, then runs the campaign.</summary>
internal static class CampaignRunner
{
    /// <summary>Runs a campaign to its end.</summary>
    /// <exception cref="InputException">Something that the user gave cannot be used; nothing is left behind.</exception>
    public static async Task<int> RunAsync(CampaignOptions given, CancellationToken stop)
    {
        // What costs nothing to check comes before the first file is made; a campaign that goes on names its target in its folder.
        GivenEnvironment.CheckSharedMemory();
        GivenEnvironment.CheckSettings();
        var prepared = given.Resume ? null : Prepare(given, given.Dictionary, stop);
        using var folder = OutputFolder.Open(given, TimeProvider.System, prepared?.Dictionary);
        using var log = CampaignLog.Open(folder.LogFolder);
        try
        {
            // Unless another is named: where the user's own was a pipe, its name may lead anywhere now.
            prepared ??= Prepare(folder.Options, given.Dictionary is null && File.Exists(folder.DictionaryCopy) ? folder.DictionaryCopy : folder.Options.Dictionary, stop);
            using var view = ProgressView.Create(folder.Options);
            await using var campaign = await Campaign.StartAsync(folder, prepared, view, log, stop).ConfigureAwait(false);
            try
            {
                await campaign.RunAsync(stop).ConfigureAwait(false);
            }
            catch (Exception) when (campaign.Last is not null)
            {
                // What it found is saved all the same, and the user wants to know of it before why it ended.
                try
                {
                    Summarize(campaign, folder, view);
                }
                catch (IOException)
                {
                    // The output goes to the disk that is full, say.
                }

                throw;
            }

            Summarize(campaign, folder, view);
            return ExitCodes.Success;
        }
        catch (Exception failed) when (folder.HasBegun && failed is not (InputException or OperationCanceledException))
        {
            log.CreateLogger(nameof(CampaignRunner)).CampaignFailed(failed);
            FailureReport.LoggedTo(failed, Path.Combine(folder.LogFolder, CampaignLog.FileName));
            throw;
        }
    }

    private static void Summarize(Campaign campaign, OutputFolder folder, IProgressView view)
    {
        view.Dispose();
        var last = campaign.Last!;
        if (view is DashboardView { Failure: { } failure }) last = last with { Warnings = [.. last.Warnings, $"the dashboard ended early: {failure.Message}"] };
        new SummaryPrinter(folder.Options.Json ? Console.Error : Console.Out, Invocation.Current).Print(last, folder.FullPath, campaign.Leftovers);
    }

    /// <summary>Once: what the command line names may be a pipe.</summary>
    private static PreparedCampaign Prepare(CampaignOptions options, string? dictionaryPath, CancellationToken stop)
    {
        var target = ChosenTarget.Of(options);
        var inspected = TargetInspector.Inspect(target.Spec);
        var dictionary = dictionaryPath is null ? null : TokenDictionary.ReadChecked(dictionaryPath);
        var (seeds, warnings) = TrialSeeds.Read(options, target.Seeds);
        return new PreparedCampaign(target, InstrumentationCache.Open().Instrument(inspected.Assemblies, stop), seeds, warnings, dictionary,
            options.RandomSeed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
    }
}

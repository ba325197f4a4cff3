namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>Shows a running campaign. It may lose a snapshot, but never stops or slows the campaign: a closed terminal is no failure.
/// Disposing it leaves the terminal as it was found.</summary>
internal interface IProgressView : IDisposable
{
    /// <summary>Shows the next snapshot; about once a second, from one thread at a time.</summary>
    void Show(CampaignSnapshot snapshot);
}

using System.Globalization;
using System.Security.Cryptography;

namespace Shmem.Benchmarks.Chaos;

/// <summary>What is asked of a chaos run.</summary>
/// <param name="For">How long harm is done; the proof before it and the end after it come on top.</param>
/// <param name="Seed">What all choices are drawn from: which harm, when. Whom it meets is also a matter of timing.</param>
/// <param name="Workers">Of the campaign.</param>
/// <param name="Sabotage">Make the deliberate faults also at the end of the run itself, whose audit must then fail.</param>
internal sealed record ChaosOptions(TimeSpan For, int Seed, int Workers, bool Sabotage)
{
    public const string Usage = "chaos [--for 90s|10m|1h] [--seed N] [--workers N] [--sabotage]";

    /// <summary>Null for what cannot be read.</summary>
    public static ChaosOptions? TryParse(ReadOnlySpan<string> arguments)
    {
        var options = new ChaosOptions(TimeSpan.FromMinutes(10), RandomNumberGenerator.GetInt32(int.MaxValue), Workers: 2, Sabotage: false);
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--for", var time, ..] when TryParse(time) is { } length:
                    options = options with { For = length };
                    break;
                case ["--seed", var number, ..] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    options = options with { Seed = seed };
                    break;
                case ["--workers", var number, ..] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var workers) && workers > 0:
                    options = options with { Workers = workers };
                    break;
                case ["--sabotage", ..]:
                    options = options with { Sabotage = true };
                    arguments = arguments[1..];
                    continue;
                default:
                    return null;
            }

            arguments = arguments[2..];
        }

        return options;
    }

    private static TimeSpan? TryParse(string time) => time is [.. var digits, 's' or 'm' or 'h']
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100_000
        ? time[^1] switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), _ => TimeSpan.FromHours(count) }
        : null;
}

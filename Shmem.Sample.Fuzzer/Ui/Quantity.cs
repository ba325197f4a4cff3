using System.Globalization;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>Numbers and times as people read them at a glance.</summary>
internal static class Quantity
{
    /// <summary><c>987</c>, <c>12,345</c>, <c>1.23 M</c>, <c>45.6 G</c>.</summary>
    public static string Count(double value) => value switch
    {
        < 1_000_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        < 1_000_000_000 => (value / 1_000_000).ToString("0.00 M", CultureInfo.InvariantCulture),
        _ => (value / 1_000_000_000).ToString("0.00 G", CultureInfo.InvariantCulture),
    };

    /// <summary><c>5 s</c>, <c>3 min 05 s</c>, <c>2 h 07 min</c>, <c>4 d 03 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:D2} s"),
        { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes:D2} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours:D2} h"),
    };

    public static string Age(TimeSpan? age) => age is { } time ? $"{Duration(time)} ago" : "none yet";
}

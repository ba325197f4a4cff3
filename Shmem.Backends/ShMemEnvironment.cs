using System.Diagnostics;
using System.Globalization;

namespace Shmem.Backends;

/// <summary>
/// Hands a segment to a child process by its environment: <c>NAME</c> is the id, <c>NAME_SIZE</c> the size in bytes, and <c>NAME_SERVICE</c>, where the segment comes
/// from one, the service.
/// </summary>
public static class ShMemEnvironment
{
    private const string SizeSuffix = "_SIZE";
    private const string ServiceSuffix = "_SERVICE";

    /// <summary>Writes the segment's description where the child that is started with <paramref name="start"/> reads it.</summary>
    /// <param name="segment">The segment. It has to live until the child has opened it.</param>
    /// <param name="start">The child's start information. This process's own environment is not changed.</param>
    /// <param name="name">The variable's name, not empty and without <c>=</c>.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public static void Write(ShMem segment, ProcessStartInfo start, string name)
    {
        ArgumentNullException.ThrowIfNull(segment);
        Write(segment.Description, start, name);
    }

    /// <summary>Writes a description where the child that is started with <paramref name="start"/> reads it, such as one by which a service offers a segment.</summary>
    /// <param name="description">The description of a segment that has to live until the child has opened it.</param>
    /// <param name="start">The child's start information. This process's own environment is not changed.</param>
    /// <param name="name">The variable's name, not empty and without <c>=</c>.</param>
    public static void Write(in ShMemDescription description, ProcessStartInfo start, string name)
    {
        ArgumentNullException.ThrowIfNull(start);
        CheckName(name);
        start.Environment[name] = description.Id.ToString();
        start.Environment[name + SizeSuffix] = description.Size.ToString(CultureInfo.InvariantCulture);
        // The child would inherit that of another segment, which this process was given under the name.
        if (description.Service is null) start.Environment.Remove(name + ServiceSuffix);
        else start.Environment[name + ServiceSuffix] = description.Service;
    }

    /// <summary>Reads from this process's environment what <see cref="Write(ShMem, ProcessStartInfo, string)"/> wrote.</summary>
    /// <exception cref="ArgumentException">The name is empty or has a <c>=</c>.</exception>
    /// <exception cref="ShMemException">A variable is missing or malformed; the message names it.</exception>
    public static ShMemDescription Read(string name)
    {
        CheckName(name);
        var id = Environment.GetEnvironmentVariable(name);
        var size = Environment.GetEnvironmentVariable(name + SizeSuffix);
        var service = Environment.GetEnvironmentVariable(name + ServiceSuffix);
        if (id is null) throw Malformed(name, "it is not set");
        if (!ShMemId.TryParse(id, null, out var parsed)) throw Malformed(name, "it is not an id of the form scheme:rest");
        if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes < 1)
            throw Malformed(name + SizeSuffix, "it is not a number of bytes from 1 up");
        if (service is not null && !ShMemDescription.IsServiceName(service)) throw Malformed(name + ServiceSuffix, "it is not a service's name");
        return new ShMemDescription(parsed, bytes, service);
    }

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('=')) throw new ArgumentException("An environment variable's name has no '='.", nameof(name));
    }

    private static ShMemException Malformed(string variable, string why) => new(ShMemError.Invalid, $"read environment variable {variable}",
        why, $"Start the process with what {nameof(ShMemEnvironment)}.{nameof(Write)} wrote.");
}

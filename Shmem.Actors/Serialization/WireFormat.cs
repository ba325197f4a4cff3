using System.Runtime.Serialization;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Serialization;

/// <summary>The parts of messages to and from their wire form. Everything that is read is checked here; what does not fit is refused.</summary>
internal static class WireFormat
{
    public static Wire.Holder Write(HolderId holder) =>
        new() { ProcessNumber = holder.ProcessNumber, Pid = holder.Pid, KernelStartTime = holder.KernelStartTime };

    public static HolderId Read(Wire.Holder? holder)
    {
        if (holder is null) throw Missing("holder");
        return new HolderId(holder.ProcessNumber, holder.Pid, holder.KernelStartTime);
    }

    public static Wire.Description Write(in ShMemDescription description) =>
        new() { Id = description.Id.ToString(), Size = description.Size, Service = description.Service ?? "" };

    public static ShMemDescription Read(Wire.Description? description)
    {
        if (description is null) throw Missing("description");
        if (description.Size < 1) throw new SerializationException($"A segment of {description.Size} bytes.");
        if (description.Service.Length != 0 && !ShMemDescription.IsServiceName(description.Service))
            throw new SerializationException("Not a service's name.");
        return new ShMemDescription(Id(description.Id), description.Size, description.Service.Length == 0 ? null : description.Service);
    }

    public static ShMemId Id(string text) =>
        ShMemId.TryParse(text, null, out var id) ? id : throw new SerializationException("Not a segment's id.");

    public static Wire.Segment Write(NamedSegment segment) =>
        new() { Name = segment.Name, Slot = segment.Slot, Description = Write(segment.Description) };

    public static NamedSegment Read(Wire.Segment? segment)
    {
        if (segment is null) throw Missing("segment");
        return new NamedSegment(Text(segment.Name), segment.Slot, Read(segment.Description));
    }

    public static TimeSpan Time(long ticks) => ticks >= 0 ? new TimeSpan(ticks) : throw new SerializationException("A negative time.");

    public static string Text(string text) => text.Length <= WireLimits.Characters
        ? text
        : throw new SerializationException($"A string of {text.Length} characters; {WireLimits.Characters} are the limit.");

    /// <summary>Text for people, cut to the limit; never between the halves of a surrogate pair.</summary>
    public static string Cut(string text)
    {
        if (text.Length <= WireLimits.Characters) return text;
        var end = WireLimits.Characters;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)];
    }

    private static SerializationException Missing(string what) => new($"The {what} is missing.");
}

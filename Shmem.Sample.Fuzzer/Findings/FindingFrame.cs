using System.Text.Json.Serialization;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>One method on a stack, by the name that every way of reading a stack gives it (see <see cref="FrameName"/>).</summary>
internal sealed record FindingFrame(string Name, string? File = null, int Line = 0, bool IsLibrary = false)
{
    /// <summary>The type that declares the method, as <see cref="ITargetNames"/> is asked for it.</summary>
    [JsonIgnore]
    public string Type => FrameName.TypeOf(Name).ToString();

    /// <summary>The frame of a raw name, from whatever source: normalised, and asked whether it is the library's.</summary>
    public static FindingFrame Of(string rawName, ITargetNames names, string? file = null, int line = 0)
    {
        var name = FrameName.Normalise(rawName);
        return new FindingFrame(name, file, line, IsOfLibrary(name, names));
    }

    /// <summary>As people read it: the name and, where known, file and line.</summary>
    public override string ToString() => File is null ? Name : $"{Name} in {File}:{Line}";

    // The text of an explicitly implemented method ("Ns.Type.System.IDisposable.Dispose") does not say where the type ends,
    // and what a type encloses is its own: so every enclosing name is asked for.
    private static bool IsOfLibrary(string name, ITargetNames names)
    {
        for (var type = FrameName.TypeOf(name); !type.IsEmpty; type = FrameName.TypeOf(type))
        {
            if (names.Contains(type))
                return true;
        }

        return false;
    }
}

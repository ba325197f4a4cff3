using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>The kinds of option that the commands are made of. Each checks its value while it is parsed and words its own error.</summary>
internal static class OptionKinds
{
    /// <summary>A whole number in a range.</summary>
    public static Option<T?> Number<T>(string name, string[] aliases, string helpName, T min, T max, string unit, string description)
        where T : struct, IBinaryInteger<T>
    {
        var range = string.Create(CultureInfo.InvariantCulture, $"{min} to {max}{(unit.Length > 0 ? " " + unit : "")}");
        return new Option<T?>(name, aliases)
        {
            HelpName = helpName,
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
                    return value;
                Refuse(result, $"{name} {text}", IsNumber(text) ? "out of range" : "not a whole number", $"Give {range}.");
                return null;
            },
        };
    }

    /// <summary>A text that may not be empty.</summary>
    public static Option<string?> Text(string name, string[] aliases, string helpName, string description) => new(name, aliases)
    {
        HelpName = helpName,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            if (result.Tokens[^1].Value is { Length: > 0 } text)
                return text;
            Refuse(result, name, "empty", "Give it a value.");
            return null;
        },
    };

    /// <summary>A file that must be there; the value is its absolute path.</summary>
    public static Option<string?> File(string name, string[] aliases, string helpName, string description) => new(name, aliases)
    {
        HelpName = helpName,
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => ExistingFile(result, $"{name} ", result.Tokens[^1].Value),
    };

    /// <summary>One of a few words.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct
    {
        var words = string.Join(", ", choices.Select(choice => choice.Word));
        return new Option<T?>(name)
        {
            HelpName = string.Join('|', choices.Select(choice => choice.Word)),
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                foreach (var (word, value) in choices)
                    if (word == text) return value;
                Refuse(result, $"{name} {text}", "not one of its words", $"Give one of {words}.");
                return null;
            },
        };
    }

    /// <summary>Texts: the option may stand several times.</summary>
    public static Option<string[]> Texts(string name, string helpName, string description) => new(name)
    {
        HelpName = helpName,
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>The absolute path of an existing file; else an error, and null.</summary>
    public static string? ExistingFile(ArgumentResult result, string what, string path)
    {
        if (System.IO.File.Exists(path))
            return Path.GetFullPath(path);
        Refuse(result, what + (path.Length > 0 ? path : "''"), Directory.Exists(path) ? "a folder, not a file" : "no such file", "Give the path of a file.");
        return null;
    }

    /// <summary>Makes <see cref="InputErrors"/> throw this for the command line.</summary>
    public static void Refuse(SymbolResult result, string what, string why, string remedy) =>
        result.AddError(InputErrors.Encode(new InputException(what, why, remedy)));

    private static bool IsNumber(string text) => BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}

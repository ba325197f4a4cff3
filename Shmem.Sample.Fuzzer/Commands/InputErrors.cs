using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Turns the parser's errors, which may be many and of several lines, into the one that helps most.</summary>
internal static class InputErrors
{
    // The parser keeps errors as text only. A control character cannot be part of what it says itself.
    private const char Separator = '\x1f';

    /// <summary>An error as text that <see cref="TryDecode"/> reads: it goes through the parser, or from a process of ours to another.</summary>
    public static string Encode(InputException error) => string.Join(Separator, error.What, error.Why, error.Remedy);

    /// <summary>Throws if the command line is wrong. A name that is unknown goes first: what follows it is often an error only because of it.</summary>
    /// <exception cref="InputException">It is.</exception>
    public static void ThrowIfAny(ParseResult result, string program)
    {
        var command = result.CommandResult.Command;
        if (result.UnmatchedTokens is [var unknown, ..])
            throw Unknown(unknown, command, program);
        if (result.Errors.Select(error => TryDecode(error.Message)).FirstOrDefault(error => error is not null) is { } own)
            throw own;
        if (result.Errors is [var first, ..])
            throw FromParser(first, command, program);
    }

    private static InputException Unknown(string token, Command command, string program)
    {
        var isOption = token.StartsWith('-');
        var names = isOption
            ? command.Options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name))
            : command.Subcommands.Where(child => !child.Hidden).Select(child => child.Name);
        var what = isOption ? token.Split('=')[0] : token;
        var hint = Suggestion.Nearest(what, names) is { } near ? $"Did you mean {near}? " : "";
        var why = isOption ? "no such option" : command.Subcommands.Count > 0 ? "no such command" : "not expected here";
        return new InputException(what, why, hint + SeeHelp(command, program));
    }

    private static InputException FromParser(ParseError error, Command command, string program)
    {
        if (error.SymbolResult is OptionResult { Option: var option } and { Tokens.Count: 0 })
            return new InputException(option.Name, "its value is missing", SeeHelp(command, program));
        if (error.SymbolResult is OptionResult { Option: var twice } and { Tokens.Count: > 1 })
            return new InputException(twice.Name, "given more than once", "Give it once.");
        if (error.SymbolResult is ArgumentResult { Argument: var argument } and { Tokens.Count: 0 })
            return new InputException(argument.HelpName ?? argument.Name, "missing", SeeHelp(command, program));
        return new InputException(command.Name, error.Message.TrimEnd('.'), SeeHelp(command, program));
    }

    private static string SeeHelp(Command command, string program) =>
        command is RootCommand ? $"See {program} --help." : $"See {program} {command.Name} --help.";

    /// <summary>The error that <see cref="Encode"/> made text of; null for any other text.</summary>
    public static InputException? TryDecode(string message) =>
        message.Split(Separator) is [var what, var why, var remedy] ? new InputException(what, why, remedy) : null;
}

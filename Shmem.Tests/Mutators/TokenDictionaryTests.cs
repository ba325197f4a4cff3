using System.Globalization;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

public sealed class TokenDictionaryTests
{
    [Fact]
    public void Afls_own_forms_are_read()
    {
        const string Text = "# comment\n\nkey=\"abc\"\r\n  other@2 = \"\\x00\\xfF\\\\\\\"\"  \n\"bare\"";
        Assert.Equal(["abc"u8.ToArray(), [0, 0xFF, (byte)'\\', (byte)'"'], "bare"u8.ToArray()], Tokens(Text));
    }

    [Property]
    public void Any_tokens_written_out_are_read_back(FsCheck.NonEmptyArray<byte>[] tokens, bool escapeAll)
    {
        var expected = tokens.Select(token => token.Get.Take(TokenDictionary.MaxTokenLength).ToArray()).ToArray();
        var text = string.Join('\n', expected.Select((token, i) => $"t{i}=\"{string.Concat(token.Select(b => Escape(b, escapeAll)))}\""));
        Assert.Equal(expected, Tokens(text));
    }

    [Theory]
    [InlineData("a=\"b\"\nc", 2)]
    [InlineData("\"", 1)]
    [InlineData("a=\"\"", 1)]
    [InlineData("a=b\"", 1)]
    [InlineData("a \"b\"", 1)]
    [InlineData("=x=\"b\"", 1)]
    [InlineData("#\n#\n\"\\x4\"", 3)]
    [InlineData("\"\\n\"", 1)]
    [InlineData("\"\\\"", 1)]
    [InlineData("\"a\"b\"", 1)]
    [InlineData("\"\u0001\"", 1)]
    [InlineData("\"\u00E9\"", 1)]
    public void An_error_names_the_line(string text, int line)
    {
        var error = Assert.Throws<InputException>(() => TokenDictionary.Parse("words", text));
        Assert.Equal($"words, line {line}", error.What);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_token_longer_than_afl_allows_is_refused()
    {
        Assert.Single(Tokens($"\"{new string('a', 128)}\""));
        Assert.Throws<InputException>(() => Tokens($"\"{new string('a', 129)}\""));
    }

    [Property(MaxTest = 1000)]
    public void Hostile_text_is_read_or_refused(string? text) => ReadOrRefuse(text ?? "");

    [Property(MaxTest = 2000)]
    public void Text_made_of_the_formats_own_signs_is_read_or_refused(byte[] choices) =>
        ReadOrRefuse(string.Concat(choices.Select(choice => "\"\\x=@#a0F \n\r\0\u0085\u2028"[choice % 15])));

    [Fact]
    public void A_file_that_is_not_there_and_a_folder_are_refused()
    {
        Assert.Throws<InputException>(() => TokenDictionary.Load("/no/such/file"));
        Assert.Throws<InputException>(() => TokenDictionary.Load(Path.GetTempPath()));
        Assert.Throws<InputException>(() => TokenDictionary.Load(""));
    }

    [Fact]
    public void A_file_is_read_as_bytes()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "a=\"x\\x80\"\n");
            Assert.Equal([(byte)'x', 0x80], TokenDictionary.Load(path)[0].ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_token_is_put_in_and_written_over()
    {
        var dictionary = TokenDictionary.Parse("d", "\"one\"\n\"two\"");
        var rng = new Rng(1);
        var results = new HashSet<string>();
        for (var i = 0; i < 500; i++)
        {
            var room = new byte[8];
            "abcd"u8.CopyTo(room);
            var input = new MutationBuffer(room, 4);
            Assert.True(dictionary.Apply(ref input, ref rng));
            results.Add(System.Text.Encoding.ASCII.GetString(input.Bytes));
        }

        Assert.Superset(new HashSet<string> { "oned", "atwo", "oneabcd", "abcdtwo", "abonecd" }, results);
    }

    private static byte[][] Tokens(string text)
    {
        var dictionary = TokenDictionary.Parse("words", text);
        return [.. Enumerable.Range(0, dictionary.Count).Select(i => dictionary[i].ToArray())];
    }

    private static void ReadOrRefuse(string text)
    {
        try
        {
            TokenDictionary.Parse("words", text);
        }
        catch (InputException)
        {
            // The one thing it may throw.
        }
    }

    private static string Escape(byte b, bool escapeAll) => b switch
    {
        (byte)'\\' when !escapeAll => "\\\\",
        (byte)'"' when !escapeAll => "\\\"",
        > (byte)' ' and <= (byte)'~' when !escapeAll => ((char)b).ToString(),
        _ => "\\x" + b.ToString("x2", CultureInfo.InvariantCulture),
    };
}

using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

/// <summary>Changes of text: what they make of one is text, and often still well-formed.</summary>
public sealed class TextChangesTests
{
    private const string Document = """{"name":"x","values":[1,2.5e3,true,null,"\u00e9"],"inner":{"empty":{}},"d":-0.1}""";

    private const string Signs = """abz09AZ_ .,:;"'([{<>}])""";

    [Theory]
    [InlineData("[1,22,\"x y\"]", true)]
    [InlineData("tab\tline\r\n", true)]
    [InlineData("Grüße, 世界", true)]
    [InlineData("", true)]
    [InlineData("a\0b", false)]
    [InlineData("\u007f", false)]
    public void Printable_bytes_and_UTF8_are_text(string text, bool isText) => Assert.Equal(isText, TextChanges.IsText(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Only_the_beginning_decides()
    {
        var start = Enumerable.Repeat((byte)'a', 600).ToArray();
        start[511] = 0;
        Assert.False(TextChanges.IsText(start));
        (start[511], start[512]) = ((byte)'a', 0);
        Assert.True(TextChanges.IsText(start));
    }

    [Property(MaxTest = 300)]
    public void What_it_makes_of_text_is_text_and_fits(int seed, byte change, ushort room)
    {
        var random = new Random(seed);
        var text = new byte[1 + random.Next(3000)];
        foreach (ref var sign in text.AsSpan()) sign = (byte)Signs[random.Next(Signs.Length)];
        var buffer = new byte[text.Length + room % 50];
        text.CopyTo(buffer, 0);
        var rng = new Rng((ulong)seed);
        var input = new MutationBuffer(buffer, text.Length);
        for (var i = 0; i < 20; i++)
        {
            TextChanges.Apply(change % TextChanges.Count, ref input, ref rng);
            Assert.InRange(input.Length, 1, buffer.Length);
            Assert.False(input.Bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~'));
        }
    }

    [Theory]
    [InlineData(2, "[1,(a,b),'x y']", "[(a,b),'x y']")]
    [InlineData(2, "[1,(a,b),'x y']", "[1,'x y']")]
    [InlineData(3, "[1,(a,b),'x y']", "[1,1,(a,b),'x y']")]
    [InlineData(3, "[1,(a,b),'x y']", "[1,(a,b),(a,b),'x y']")]
    [InlineData(3, "[1,(a,b),'x y']", "[1,(a,b),'x y','x y']")]
    [InlineData(4, "f('one','two')", "f('two','two')")]
    [InlineData(4, "{a}[b]", "[b][b]")]
    [InlineData(0, "key", "kez")]
    public void A_change_can_make_of(int change, string text, string made) => Assert.Contains(made, Results(change, text));

    [Fact]
    public void A_sixth_of_the_changes_leave_a_document_well_formed_and_of_changed_values_less_do()
    {
        var rng = new Rng(3);
        var (text, values) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var buffer = new byte[4096];
            var input = new MutationBuffer(buffer, Encoding.UTF8.GetBytes(Document, buffer));
            TextChanges.Apply(ref input, ref rng);
            if (IsOtherDocument(input.Bytes)) text++;

            var bytes = Encoding.UTF8.GetBytes(Document);
            ValueChanges.Apply(bytes, ref rng);
            if (IsOtherDocument(bytes)) values++;
        }

        Assert.True(text > 2000 / 6, $"{text} of 2,000");
        Assert.True(values < text * 2 / 3, $"{values} of 2,000, beside {text}");
    }

    private static HashSet<string> Results(int change, string text)
    {
        var rng = new Rng(1);
        var results = new HashSet<string>();
        for (var i = 0; i < 2000; i++)
        {
            var buffer = new byte[100];
            var input = new MutationBuffer(buffer, Encoding.UTF8.GetBytes(text, buffer));
            TextChanges.Apply(change, ref input, ref rng);
            results.Add(Encoding.UTF8.GetString(input.Bytes));
        }

        return results;
    }

    private static bool IsOtherDocument(ReadOnlySpan<byte> bytes)
    {
        if (bytes.SequenceEqual(Encoding.UTF8.GetBytes(Document))) return false;
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
                // Only whether it can be read counts.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

public sealed class FindingKeyTests
{
    private static readonly TargetTypeNames _library = new(["Lib.A", "Lib.A+Inner", "Lib.ThrowHelper"]);

    [Theory]
    [InlineData("Ns.Type.Method(String text)", "Ns.Type.Method")]
    [InlineData("Ns.Type+Inner`1[[System.__Canon, System.Private.CoreLib]].M[[System.Int32, X]](Int32)", "Ns.Type.Inner`1.M")]
    [InlineData("Ns.Type.<>c__DisplayClass5_0.<Parse>b__0()", "Ns.Type.Parse")]
    [InlineData("Ns.Type+<>c.<Parse>b__0_1()", "Ns.Type.Parse")]
    [InlineData("Ns.Type.<Parse>g__Inner|6_0(String text)", "Ns.Type.Parse")]
    [InlineData("Ns.Type+<Walk>d__4.MoveNext()", "Ns.Type.Walk")]
    [InlineData("Ns.Type.Walk(String text)+MoveNext()", "Ns.Type.Walk")]
    [InlineData("Ns.Type.<>c__DisplayClass9_0.<<Parse>b__0>d.MoveNext()", "Ns.Type.Parse")]
    [InlineData("Ns.Type+<System-Collections-Generic-IEnumerable<T>-GetEnumerator>d__3.MoveNext()", "Ns.Type.System.Collections.Generic.IEnumerable<T>.GetEnumerator")]
    [InlineData("Ns.Type.System.Collections.Generic.IEnumerable<T>.GetEnumerator()", "Ns.Type.System.Collections.Generic.IEnumerable<T>.GetEnumerator")]
    [InlineData("Ns.Type.<>c.<.ctor>b__0_0()", "Ns.Type..ctor")]
    [InlineData("Ns.Type`1..cctor()", "Ns.Type`1..cctor")]
    [InlineData("Program.<Main>$(String[] args)", "Program.<Main>$")]
    [InlineData("Program.<>c.<<Main>$>b__0_0()", "Program.<Main>$")]
    [InlineData("", "")]
    public void A_method_has_one_name(string spelled, string name) => Assert.Equal(name, FrameName.Normalise(spelled));

    [Property]
    public bool Any_text_has_a_name_and_a_type(string? text)
    {
        var name = FrameName.Normalise(text);
        return FrameName.TypeOf(name).Length + FrameName.MethodOf(name).Length <= name.Length;
    }

    [Theory]
    [InlineData("Lib.A.Parse", "System.String.Substring", "Lib.A.Parse")]
    [InlineData("Lib.A.Parse", "Lib.ThrowHelper.Fail", "Lib.A.Parse")]
    [InlineData("Lib.A.Parse", "Lib.A.ThrowIfBad", "Lib.A.Parse")]
    [InlineData("Lib.A.Throwable", "Lib.A.Throw", "Lib.A.Throwable")]
    [InlineData("User.Main", "Lib.A.ThrowIfBad", "Lib.A.ThrowIfBad")]
    [InlineData("User.Main", "Shmem.Sample.Fuzzer.Targets.TargetInvoker.Run", "User.Main")]
    [InlineData("User.Main", "DynamicClass.adapter", "User.Main")]
    [InlineData("User.Main", "System.Reflection.MethodBaseInvoker.Invoke", "User.Main")]
    [InlineData("Lib.A.Inner.Parse", "System.Environment.FailFast", "Lib.A.Inner.Parse")]
    [InlineData("Lib.A.System.IDisposable.Dispose", "User.Callback", "Lib.A.System.IDisposable.Dispose")]
    public void The_topmost_frame_that_says_something_counts(string outer, string inner, string counts) =>
        Assert.Equal(counts, KeyFrame.Of(Frames(inner, outer))?.Name);

    [Fact]
    public void A_cycle_has_one_key_wherever_the_guard_page_was_met()
    {
        string[] cycle = ["Lib.A.Parse", "Lib.A.Value", "System.Linq.Enumerable.Count", "Lib.A.List"];
        var keys = Enumerable.Range(0, cycle.Length).Select(start => Overflow(
            [("System.String.Concat", 1), .. Enumerable.Range(0, 400).Select(i => (cycle[(start + i) % cycle.Length], 1)), ("User.Main", 1)]));
        var folded = Enumerable.Range(0, cycle.Length).Select(start => Overflow(
            [.. Enumerable.Range(0, cycle.Length).Select(i => (cycle[(start + i) % cycle.Length], 9000)), ("Lib.A.Parse", 1), ("User.Main", 1)]));

        Assert.Equal("stack-overflow Lib.A.List > Lib.A.Value > Lib.A.Parse", Assert.Single(keys.Concat(folded).ToHashSet()));
    }

    [Fact]
    public void A_recursion_that_takes_several_ways_has_its_frames_as_key()
    {
        var random = new Random(1);
        var keys = Enumerable.Range(0, 5).Select(_ => Overflow(
            [.. Enumerable.Range(0, 500).SelectMany(_ => new[] { ("Lib.A.Value", 1), (random.Next(2) == 0 ? "Lib.A.List" : "Lib.A.Map", 1) })]));

        Assert.Equal("stack-overflow Lib.A.List > Lib.A.Map > Lib.A.Value", Assert.Single(keys.ToHashSet()));
    }

    [Fact]
    public void A_hang_has_the_innermost_library_frame_that_all_moments_share()
    {
        var key = FindingKey.OfHang(
        [
            Frames("System.String.Concat", "Lib.A.Even", "Lib.A.Loop", "Lib.A.Parse", "User.Main"),
            Frames("Lib.A.Odd", "Lib.A.Loop", "Lib.A.Parse", "User.Main"),
            Frames("Lib.A.Even", "Lib.A.Loop", "Lib.A.Parse", "User.Main"),
        ]);

        Assert.Equal("hang Lib.A.Loop", key.Text);
    }

    [Fact]
    public void A_hang_without_stacks_has_a_key_all_the_same() => Assert.Equal("hang", FindingKey.OfHang([]).Text);

    [Fact]
    public void Slow_growth_has_the_frame_that_two_limits_share()
    {
        var key = FindingKey.OfOutOfMemory(
            Frames("Lib.A.Resize", "Lib.A.Grow", "Lib.A.Nest", "Lib.A.Nest", "User.Main"),
            Frames("Lib.A.Append", "Lib.A.Grow", "Lib.A.Nest", "User.Main"));

        Assert.Equal("out-of-memory Lib.A.Grow", key.Text);
    }

    [Fact]
    public void Long_keys_are_cut_and_stay_apart()
    {
        var one = FindingKey.OfHang([Frames("N." + new string('m', 500) + "1")]);
        var other = FindingKey.OfHang([Frames("N." + new string('m', 500) + "2")]);

        Assert.Equal(FindingKey.MaxLength, one.Text.Length);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void What_stands_for_the_cut_part_does_not_change_between_versions() =>
        Assert.EndsWith("m~658d16e8e524a73f", FindingKey.OfHang([Frames("N." + new string('m', 500))]).Text, StringComparison.Ordinal);

    [Property]
    public bool Any_name_gives_a_printable_key(string? name)
    {
        var key = FindingKey.OfHang([Frames("T." + name)]);
        return key.Text.Length <= FindingKey.MaxLength && !key.Text.Any(char.IsControl) && FindingKey.FromText(key.Text) == key;
    }

    private static List<FindingFrame> Frames(params string[] names) => [.. names.Select(name => FindingFrame.Of(name, _library))];

    private static string Overflow(List<(string Name, int Times)> stack) =>
        FindingKey.Of(new DeathReport(FindingKind.StackOverflow, new ProcessEnd(134))
        {
            Cycle = RecursionCycle.Of([.. stack.Select(entry => (FindingFrame.Of(entry.Name, _library), entry.Times))]),
        }).Text;
}

using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class ThrownInputsTests
{
    private readonly ThrownInputs _inputs = new();
    private readonly List<int> _settled = [];

    [Fact]
    public void The_rest_of_a_key_is_met_again_once_one_is_saved()
    {
        for (var i = 0; i < ThrownInputs.MostOfKey; i++) Assert.True(_inputs.TryEnter(Input(i)));
        Assert.False(_inputs.TryEnter(Input(10)));
        Assert.True(_inputs.TryEnter(Input(20, "exception Other")));
        Assert.False(_inputs.TryEnter(Input(11)));

        Assert.Null(_inputs.Leave(Key, isSaved: false, out var none));
        Assert.Empty(none);
        Assert.Null(_inputs.Leave(Key, isSaved: true, out var metAgain));
        foreach (var settled in metAgain) settled();

        Assert.Equal([10, 11], _settled);
        Assert.Null(_inputs.Leave(Key, isSaved: true, out none));
        Assert.Empty(none);
    }

    [Fact]
    public void Where_none_of_a_key_is_saved_the_newest_is_judged_too()
    {
        for (var i = 0; i < ThrownInputs.MostOfKey; i++) _inputs.TryEnter(Input(i));
        _inputs.TryEnter(Input(10));
        var newest = Input(11);
        _inputs.TryEnter(newest);

        for (var i = 1; i < ThrownInputs.MostOfKey; i++) Assert.Null(_inputs.Leave(Key, isSaved: false, out _));
        Assert.Same(newest, _inputs.Leave(Key, isSaved: false, out var metAgain));
        Assert.Empty(metAgain);

        Assert.Null(_inputs.Leave(Key, isSaved: false, out metAgain));
        Assert.Empty(metAgain);
        // As if there had been none.
        Assert.True(_inputs.TryEnter(Input(12)));
    }

    private const string Key = "exception Lib.Type.Method";

    private ThrownInput Input(int number, string key = Key) => new(
        new Finding { Kind = FindingKind.Exception, Key = key, Source = new FindingSource(0, 0, 1) }, [(byte)number], default, () => _settled.Add(number));
}

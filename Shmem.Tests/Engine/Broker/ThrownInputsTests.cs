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
        for (var i = 0; i < ThrownInputs.MostOfKey; i++) Assert.Equal(ThrownTurn.Judge, _inputs.Enter(Input(i)));
        // As many as may have their turn, and one more.
        for (var i = 0; i < ThrownInputs.MostTried - ThrownInputs.MostOfKey + 1; i++) Assert.Equal(ThrownTurn.Wait, _inputs.Enter(Input(10 + i)));
        Assert.Equal(ThrownTurn.Judge, _inputs.Enter(Input(90, "exception Other")));

        Assert.Null(_inputs.Leave(Key, isSaved: true, out var metAgain));
        foreach (var settled in metAgain) settled();

        Assert.Equal(Enumerable.Range(10, ThrownInputs.MostTried - ThrownInputs.MostOfKey + 1), _settled.Order());
        Assert.Null(_inputs.Leave(Key, isSaved: true, out metAgain));
        Assert.Empty(metAgain);
    }

    [Fact]
    public void Where_none_of_a_key_is_saved_all_that_wait_are_judged_the_newest_first_until_it_is_enough()
    {
        for (var i = 0; i < ThrownInputs.MostOfKey; i++) _inputs.Enter(Input(i));
        List<ThrownInput> waiting = [.. Enumerable.Range(10, ThrownInputs.MostTried - ThrownInputs.MostOfKey).Select(i => Input(i))];
        foreach (var input in waiting) Assert.Equal(ThrownTurn.Wait, _inputs.Enter(input));
        Assert.Equal(ThrownTurn.Wait, _inputs.Enter(Input(80)));

        foreach (var next in Enumerable.Reverse(waiting)) Assert.Same(next, _inputs.Leave(Key, isSaved: false, out _));
        for (var i = 0; i < ThrownInputs.MostOfKey; i++) Assert.Null(_inputs.Leave(Key, isSaved: false, out _));

        Assert.Equal(ThrownTurn.Never, _inputs.Enter(Input(81)));
        Assert.Empty(_settled);
    }

    private const string Key = "exception Lib.Type.Method";

    private ThrownInput Input(int number, string key = Key) => new(
        new Finding { Kind = FindingKind.Exception, Key = key, Source = new FindingSource(0, 0, 1) }, [(byte)number], default, () => _settled.Add(number));
}

using System.Reflection;
using Shmem.Sample.Fuzzer.Engine;
using Xunit;

namespace Shmem.Tests.Engine;

public sealed class ExpectedExceptionsTests
{
    [Theory]
    [InlineData("System.UriFormatException")]
    [InlineData("UriFormatException")]
    [InlineData("System.FormatException")]
    [InlineData("FormatException")]
    [InlineData("Exception")]
    public void A_type_is_expected_by_its_full_or_simple_name_and_by_those_of_its_bases(string name)
    {
        var expected = new ExpectedExceptions(["ArgumentException", name]);

        Assert.True(expected.Contains(new UriFormatException()));
        Assert.True(expected.Contains(new ArgumentException("any")));
    }

    [Theory]
    [InlineData("UriFormatException")]
    [InlineData("formatexception")]
    [InlineData("Format")]
    [InlineData("System.Format")]
    [InlineData("Other.FormatException")]
    [InlineData("ISerializable")]
    [InlineData("")]
    public void A_derived_type_a_part_of_the_name_another_namespace_and_an_interface_are_not_it(string name) =>
        Assert.False(new ExpectedExceptions([name]).Contains(new FormatException()));

    [Theory]
    [InlineData("NestedException")]
    [InlineData("Shmem.Tests.Engine.ExpectedExceptionsTests+NestedException")]
    public void A_nested_type_has_its_own_name(string name) => Assert.True(new ExpectedExceptions([name]).Contains(new NestedException()));

    [Fact]
    public void Nothing_is_expected_unless_it_was_named() => Assert.False(new ExpectedExceptions([]).Contains(new FormatException()));

    [Fact]
    public void The_answer_is_the_same_each_time_and_each_type_has_its_own()
    {
        var expected = new ExpectedExceptions(["FormatException"]);
        for (var time = 0; time < 2; time++)
        {
            Assert.True(expected.Contains(new FormatException()));
            Assert.False(expected.Contains(new InvalidOperationException()));
        }
    }

    [Fact]
    public void One_that_others_carry_is_expected_and_one_that_something_else_wraps_is_not()
    {
        var expected = new ExpectedExceptions(["FormatException"]);

        Assert.True(expected.Contains(new AggregateException(new AggregateException(new UriFormatException()))));
        Assert.True(expected.Contains(new TypeInitializationException("T", new TargetInvocationException(new FormatException()))));
        Assert.False(expected.Contains(new AggregateException(new InvalidOperationException("any", new FormatException()))));
        Assert.False(expected.Contains(new InvalidOperationException("any", new FormatException())));
        Assert.False(expected.Contains(new TargetInvocationException(null)));
    }

    [Fact]
    public void A_carrier_can_be_expected_itself() => Assert.True(new ExpectedExceptions(["AggregateException"]).Contains(new AggregateException(new FormatException())));

    private sealed class NestedException : Exception;
}

using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class PredecessorTests
{
    private static readonly HolderId First = new(1, 10, 100), Second = new(2, 20, 200), Third = new(3, 30, 300);

    public static TheoryData<string> Answers => ["succeed", "acknowledge"];

    // Its grace time was over, or the acknowledgement had been granted and nobody got the answer.
    [Theory]
    [MemberData(nameof(Answers))]
    public void One_of_whom_nothing_is_left_is_named_to_nobody(string request)
    {
        var slot = new SlotState(0);
        Ask(slot, new OnRestart(First, TimeSpan.FromMinutes(1)), new RestartAcknowledged(First));
        Ask(slot, new OnRestart(Second, TimeSpan.FromMinutes(1)), new RestartAcknowledged(Second));
        ILeaseRequest asked = request == "succeed" ? new SucceedHolder(Second, Third) : new AcknowledgeRestart(Second, Third);

        Ask(slot, asked, new RequestRefused(ShMemError.Denied, "it is another's", "Wait."));
        Assert.Equal(Second, slot.Predecessor);
        Ask(slot, asked, new RequestRefused(ShMemError.NotFound, "nothing is reserved", "Begin as a new process."));
        Assert.Equal(First, slot.Predecessor);
    }

    private static void Ask(SlotState slot, ILeaseRequest request, object answer) => slot.Answered(request, slot.Asked(request), answer);
}

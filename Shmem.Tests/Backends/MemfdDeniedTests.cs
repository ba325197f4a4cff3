using System.Runtime.Versioning;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// Everything that keeps a process from a segment that lives, made for real: other users, groups, capabilities and namespaces, and a process that
/// reuses a dead one's number. Each refusal names its cause and the remedy. LESSONS: "a memfd's or mmap's id is a raw fd number, meaningless in another
/// process"; "an fd number … was sent to a process that has no such fd" (LibAFL 2277, 1316, 1955).
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class MemfdDeniedTests
{
    /// <summary>For writing a descriptor is copied where that is allowed, for reading it is opened anew.</summary>
    private static readonly string[] Accesses = ["", " read"];

    private const string User = "--reuid=54321 --regid=54321 --clear-groups";

    [Fact]
    public Task Another_user_is_named() => Denied(As(User), As("--reuid=54322 --regid=54321 --clear-groups"),
        "runs as user 54321 and this process as user 54322", "run both as the same user");

    [Fact]
    public Task Another_group_is_named() => Denied(As(User), As("--reuid=54321 --regid=54323 --clear-groups"),
        "runs as group 54321 and this process as group 54323", "run both as the same group");

    [Fact]
    public Task A_capability_that_only_the_owner_has_is_named() => Denied(As($"{User} --inh-caps=+net_bind_service --ambient-caps=+net_bind_service"), As(User),
        "has capabilities that this process lacks (0000000000000400; 'capsh --decode=0000000000000400' names them)", "run both with the same");

    [Fact]
    public async Task A_capability_that_only_the_opener_has_does_not_matter()
    {
        await using var owner = await Start(As(User));
        await using var opener = await Start(As($"{User} --inh-caps=+net_bind_service --ambient-caps=+net_bind_service"));
        var created = (await owner.Ask($"create memfd 100")).Split(' ');
        Assert.Equal($"ok {created[1]} 100", await opener.Ask($"open {created[1]} 100"));
    }

    [Fact]
    public Task Another_user_namespace_is_named() => Denied(As(User), [.. As(User), Require.Tool("unshare"), "--user", "--map-current-user"],
        "lives in another user namespace", "run both in the same one");

    [Fact]
    public async Task An_owner_that_is_not_dumpable_is_named()
    {
        await using var owner = await Start(As(User));
        await using var opener = await Start(As(User));
        Assert.Equal("ok", await owner.Ask($"not-dumpable"));
        await AssertDenied(owner, opener, "is not dumpable", "make it dumpable");
    }

    [Fact]
    public async Task A_process_that_the_other_pid_namespace_does_not_show_is_not_found()
    {
        Require.Root();
        await using var owner = await PeerSession.Start();
        await using var opener = await PeerSession.Start([Require.Tool("unshare"), "--pid", "--fork", "--kill-child", "--mount-proc"]);
        var created = (await owner.Ask($"create memfd 100")).Split(' ');
        var answer = await opener.Ask($"open {created[1]} 100");
        Assert.StartsWith("refused NotFound", answer);
        Assert.Contains($"process {owner.Pid}, is dead or lives in another pid namespace: ask for a new description", answer);
    }

    [Fact]
    public async Task A_dead_owner_and_a_released_segment_are_told_apart()
    {
        await using var owner = await PeerSession.Start();
        await using var opener = await PeerSession.Start();
        var created = (await owner.Ask($"create memfd 100")).Split(' ');
        Assert.StartsWith("ok", await opener.Ask($"open {created[1]} 100"));
        await owner.Ask($"dispose 0");
        var answer = await opener.Ask($"open {created[1]} 100");
        Assert.StartsWith("refused NotFound", answer);
        Assert.Contains("Its owner released it: ask for a new description", answer);
        await owner.Kill();
        answer = await opener.Ask($"open {created[1]} 100");
        Assert.StartsWith("refused NotFound", answer);
        Assert.Contains($"process {owner.Pid}, is dead", answer);
    }

    // A pid namespace of its own, in which root can say which number comes next.
    [Fact]
    public async Task A_process_that_reuses_the_dead_owners_number_and_its_descriptors_is_not_taken_for_it()
    {
        Require.Root();
        using var calls = await RefusedCalls.Compile();
        await using var room = await PidRoom.Open();
        await using var opener = await room.StartAt(5000);
        // One that may not copy descriptors opens them for writing too.
        await using var noCopier = await room.StartAt(6000, calls.Refuse(("pidfd_getfd", RefusedCalls.EPERM)));
        string[] first;
        await using (var owner = await room.StartAt(9000))
        {
            first = (await owner.Ask($"create memfd 100")).Split(' ');
            Assert.StartsWith("memfd:9000.", first[1]);
            // These keep handles of the process from here on.
            foreach (var process in new[] { opener, noCopier })
                foreach (var access in Accesses) Assert.StartsWith("ok", await process.Ask($"open {first[1]} 100{access}"));
            // In good order: killed with the program that entered the room for it, it would have its number until somebody reaps it.
            owner.CloseInput();
            await owner.End();
        }

        await using var successor = await room.StartAt(9000);
        var second = (await successor.Ask($"create memfd 100")).Split(' ');
        Assert.Equal(first[1].Split('.')[..2], second[1].Split('.')[..2]);
        await using var stranger = await room.StartAt(12000);
        foreach (var process in new[] { opener, noCopier, stranger })
        {
            foreach (var access in Accesses)
            {
                var answer = await process.Ask($"open {first[1]} 100{access}");
                Assert.StartsWith("refused NotFound", answer);
                Assert.Contains("of process 9000 is something else by now. Ask the owner for a new description.", answer);
                Assert.StartsWith("ok", await process.Ask($"open {second[1]} 100{access}"));
            }
        }
    }

    private static async Task Denied(string[] ownerAs, string[] openerAs, params string[] parts)
    {
        await using var owner = await Start(ownerAs);
        await using var opener = await Start(openerAs);
        await AssertDenied(owner, opener, parts);
    }

    private static async Task AssertDenied(PeerSession owner, PeerSession opener, params string[] parts)
    {
        var created = (await owner.Ask($"create memfd 100")).Split(' ');
        Assert.Equal("ok", created[0]);
        foreach (var access in Accesses)
        {
            var answer = await opener.Ask($"open {created[1]} 100{access}");
            Assert.StartsWith("refused Denied", answer);
            Assert.Contains($"Its owner, process {owner.Pid}, ", answer);
            Assert.All(parts, part => Assert.Contains(part, answer));
        }
    }

    private static Task<PeerSession> Start(string[] wrapper) => PeerSession.Start(wrapper, start => start.Environment["HOME"] = "/nonexistent");

    private static string[] As(string options)
    {
        Require.Root();
        Require.ReadableByOthers(PeerSession.Assembly);
        return [Require.Tool("setpriv"), .. options.Split(' ')];
    }
}

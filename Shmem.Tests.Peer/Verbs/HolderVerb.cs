using System.Globalization;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A holder of a service's segments, one view of each: each line of stdin is a command, each is answered by one line, and the end of stdin is the end.
/// </summary>
internal static class HolderVerb
{
    private static readonly Dictionary<string, ShMem> Views = [];
    private static ServedShMemProvider _provider = new("nobody");

    public static int Run()
    {
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line)
        {
            try
            {
                Console.WriteLine(Answer(line.Split(' ')));
            }
            catch (ShMemException e)
            {
                Console.WriteLine($"refused {e.Error} {e.Message}");
            }
        }

        return 0;
    }

    private static string Answer(string[] words)
    {
        switch (words)
        {
            // Another service, at which this process is a new holder.
            case ["use", var service]:
                foreach (var view in Views.Values) view.Dispose();
                Views.Clear();
                _provider = new ServedShMemProvider(service);
                return "ok";
            case ["create", var size]:
                var created = _provider.Create(Number(size));
                Views.Add(created.Id.ToString(), created);
                return $"ok {created.Id}";
            case ["open", var id, var size]:
                var opened = _provider.Open(new ShMemDescription(ShMemId.Parse(id), Number(size)));
                if (!Views.TryAdd(id, opened)) opened.Dispose();
                return "ok";
            case ["release", var id]:
                if (Views.Remove(id, out var last)) last.Dispose();
                else _provider.Release(ShMemId.Parse(id));
                return "ok";
            case ["write", var id, var offset, var value]:
                Volatile.Write(ref Views[id].Ref<long>(Number(offset)), Number(value));
                return "ok";
            case ["read", var id, var offset]:
                return $"{Volatile.Read(ref Views[id].Ref<long>(Number(offset)))}";
            case ["pre-fork", var ticks]:
                var fork = _provider.PreFork(new TimeSpan(Number(ticks)));
                return $"ok {fork.Token.Value} {fork.ChildNumber}";
            case ["post-fork", var token, var child, var pid]:
                _provider.PostFork(Fork(token, child), (int)Number(pid));
                return "ok";
            case ["claim", var token, var child]:
                _provider.ClaimFork(Fork(token, child));
                return "ok";
            case ["abort", var token]:
                _provider.AbortFork(Fork(token, "0"));
                return "ok";
            case ["on-restart", var ticks]:
                var self = _provider.OnRestart(new TimeSpan(Number(ticks)));
                return $"ok {self.ProcessNumber} {self.Pid} {self.KernelStartTime}";
            case ["succeed", var number, var pid, var start]:
                _provider.Succeed(Holder(number, pid, start));
                return "ok";
            case ["acknowledge", var number, var pid, var start]:
                _provider.AcknowledgeRestart(Holder(number, pid, start));
                return "ok";
            default:
                return $"no such command: {string.Join(' ', words)}";
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static PreparedFork Fork(string token, string child) => new(new ForkToken(Number(token)), Number(child), 0);

    private static HolderId Holder(string number, string pid, string start) => new(Number(number), (int)Number(pid), Number(start));
}

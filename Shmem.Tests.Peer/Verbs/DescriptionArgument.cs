using System.Globalization;
using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>A segment on the command line: <c>id/size</c>.</summary>
internal static class DescriptionArgument
{
    public static ShMem Open(string argument)
    {
        var slash = argument.LastIndexOf('/');
        var size = long.Parse(argument.AsSpan(slash + 1), CultureInfo.InvariantCulture);
        return new StdShMemProvider().Open(new ShMemDescription(ShMemId.Parse(argument.AsSpan(0, slash)), size));
    }
}

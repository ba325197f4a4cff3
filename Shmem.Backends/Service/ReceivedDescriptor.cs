using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>The descriptor that comes with an answer, closed unless it is taken. An answer has one at most.</summary>
internal ref struct ReceivedDescriptor()
{
    private int _number = -1;

    /// <summary>True where there were more. The last one is kept.</summary>
    public bool WereSeveral { get; private set; }

    public void Add(int number)
    {
        WereSeveral |= _number >= 0;
        Dispose();
        _number = number;
    }

    /// <summary>The caller's from here on; invalid where none came.</summary>
    public Descriptor Take()
    {
        var taken = new Descriptor(_number);
        _number = -1;
        return taken;
    }

    public readonly void Dispose() => new Descriptor(_number).Dispose();
}

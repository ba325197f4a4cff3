using System.Diagnostics;
using System.Runtime.InteropServices;
using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>
/// A client's connection to a service. To the service it is the holder of what is opened through it; it counts the views of this process, so that the
/// service is asked and told once for each segment. Any thread may use it; requests take turns.
/// </summary>
internal sealed partial class ServiceConnection : IDisposable
{
    private readonly Lock _turn = new();
    private readonly Dictionary<ShMemId, int> _views = [];
    private readonly byte[] _frame = new byte[FrameWriter.Largest];
    private readonly ServerChannel _channel;
    private readonly string _service;
    private readonly TimeSpan _patience;

    private ServiceConnection(ServerChannel channel, string service, TimeSpan patience)
    {
        _channel = channel;
        _service = service;
        _patience = patience;
    }

    /// <summary>True when the service is gone, or has broken the protocol, or did not answer in time. It stays so.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Connects and waits for the service's first word.</summary>
    /// <param name="address">As <see cref="ServiceAddress.Of"/> has it.</param>
    /// <param name="service">The service's name, for messages.</param>
    /// <param name="patience">The longest wait for any one answer; for one that comes in pieces, twice.</param>
    /// <param name="purpose">What for, for messages.</param>
    /// <exception cref="ShMemException">There is no such service, or it refuses.</exception>
    public static ServiceConnection Open(string address, string service, TimeSpan patience, string purpose)
    {
        var connection = new ServiceConnection(ServerChannel.Connect(address, purpose, patience), service, patience);
        try
        {
            connection._channel.CheckPeer(purpose);
            var answer = connection.Await(purpose, out var file, out _);
            file.Dispose();
            return answer.Kind == FrameKind.Welcome ? connection : throw connection.Broken(purpose);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks whether a service lives behind a socket. One that refuses us does.</summary>
    /// <exception cref="ShMemException">Somebody has the socket and says nothing.</exception>
    public static bool IsAlive(string address, string service, TimeSpan patience)
    {
        var purpose = $"ask whether service '{service}' lives";
        ServiceConnection? connection = null;
        try
        {
            connection = new ServiceConnection(ServerChannel.Connect(address, purpose, patience), service, patience);
            _ = connection.Await(purpose, out var file, out _);
            file.Dispose();
            return true;
        }
        catch (ShMemException e) when (e.Error == ShMemError.NotFound)
        {
            return false;
        }
        catch (ShMemException) when (connection is { IsLost: false })
        {
            return true;
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <summary>Creates a segment and maps it.</summary>
    /// <exception cref="ShMemException">The service or the system refused; nothing is left.</exception>
    public ShMem Create(long size)
    {
        using var turn = _turn.EnterScope();
        var writer = new FrameWriter(_frame, FrameKind.Create);
        writer.Write(size);
        using var file = AskForSegment(writer.End(), $"create served segment of {size} bytes", default, out var granted, out _);
        if (granted.Size != size) throw Abandoned(granted.Id, isNew: true, Broken($"create served segment of {size} bytes"));
        return Map(file, granted, granted, ShMemAccess.ReadWrite, isOwner: true, isNew: true);
    }

    /// <summary>Opens a segment and maps it.</summary>
    /// <exception cref="ShMemException">The service or the system refused; nothing is left.</exception>
    public ShMem Open(in ShMemDescription description, ShMemAccess access)
    {
        using var turn = _turn.EnterScope();
        var writer = new FrameWriter(_frame, FrameKind.Open);
        writer.Write(description.Id);
        using var file = AskForSegment(writer.End(), $"open {description.Id}", description.Id, out var granted, out var isNew);
        if (granted.Id != description.Id) throw Abandoned(granted.Id, isNew, Broken($"open {description.Id}"));
        return Map(file, granted, description with { Service = _service }, access, isOwner: false, isNew);
    }

    /// <summary>A view of this process has ended. Quiet where the service is gone: the mapping needed it no more, and nor does its end.</summary>
    public void Release(ShMemId id)
    {
        using var turn = _turn.EnterScope();
        var left = _views[id] - 1;
        if (left > 0)
        {
            _views[id] = left;
            return;
        }

        try
        {
            if (!IsLost) AskToRelease(id);
        }
        catch (ShMemException e)
        {
            // Of a lost service one line tells already.
            if (!IsLost) Trace.TraceWarning($"release {id}: {e.Message}");
        }

        _views.Remove(id);
    }

    public void Dispose()
    {
        using var turn = _turn.EnterScope();
        Lose();
    }

    /// <summary>Asks for a segment; the caller owns the descriptor.</summary>
    /// <param name="request">The frame.</param>
    /// <param name="purpose">What for, for messages.</param>
    /// <param name="wanted">The segment; empty for a new one.</param>
    /// <param name="granted">What the service says that it is.</param>
    /// <param name="isNew">True where it is this request that gave the lease.</param>
    private Descriptor AskForSegment(ReadOnlySpan<byte> request, string purpose, ShMemId wanted, out ShMemDescription granted, out bool isNew)
    {
        var answer = Ask(request, purpose, out var file, out var truncated);
        isNew = answer.Kind == FrameKind.Granted;
        if (!(isNew || (answer.Kind == FrameKind.AlreadyHeld && !wanted.IsEmpty)) || !answer.TryRead(out ShMemId id) || !answer.TryRead(out long size) || !answer.IsAtEnd
            || !(id == wanted || (ServedId.TryParse(id, out var parts) && parts.Service == _service)) || size < 1)
        {
            file.Dispose();
            throw Broken(purpose);
        }

        granted = new ShMemDescription(id, size, _service);
        if (!file.IsInvalid) return file;
        throw Abandoned(id, isNew, truncated ? UnixFailure.Of("recvmsg", purpose, LibcErrno.EMFILE) : Broken(purpose));
    }

    private ShMem Map(Descriptor file, in ShMemDescription granted, in ShMemDescription wanted, ShMemAccess access, bool isOwner, bool isNew)
    {
        try
        {
            if (granted.Size < wanted.Size) throw ShMemProvider.TooSmall(wanted, granted.Size);
            var purpose = isOwner ? $"create served segment of {wanted.Size} bytes" : $"open {wanted.Id} ({wanted.Size} bytes)";
            // Pages are pinned by a descriptor; a refused map leaves it to its finalizer.
            var region = AshmemRegion.TryKeep(file, purpose);
            var start = ServedMapping.Map(file, wanted, access, purpose, out var length);
            CollectionsMarshal.GetValueRefOrAddDefault(_views, wanted.Id, out _)++;
            return new ShMem(new ServedMapping(start, length, this, wanted.Id, region), wanted, isOwner);
        }
        catch (ShMemException e)
        {
            throw Abandoned(wanted.Id, isNew, e);
        }
    }

    /// <summary>Gives a lease back that was granted just now and could not be used. One that came by a fork or a restart may be the last, and is kept for another try.</summary>
    private ShMemException Abandoned(ShMemId id, bool isNew, ShMemException why)
    {
        if (!isNew || _views.ContainsKey(id) || IsLost) return why;
        try
        {
            AskToRelease(id);
        }
        catch (ShMemException)
        {
            // The first failure is the one that the caller has to know.
        }

        return why;
    }

    private void AskToRelease(ShMemId id)
    {
        var writer = new FrameWriter(_frame, FrameKind.Release);
        writer.Write(id);
        if (!AskWithoutFile(writer.End(), $"release {id}", FrameKind.Released).IsAtEnd) throw Broken($"release {id}");
    }

    private FrameReader Ask(ReadOnlySpan<byte> request, string purpose, out Descriptor file, out bool truncated)
    {
        if (IsLost) throw Gone(purpose);
        var sent = _channel.Send(request);
        if (sent != request.Length) throw Lost(sent >= 0 || _channel.IsEnd ? Gone(purpose) : _channel.Failure("send", purpose));
        return Await(purpose, out file, out truncated);
    }

    /// <summary>Receives the one frame that answers; a refusal is thrown.</summary>
    private FrameReader Await(string purpose, out Descriptor file, out bool truncated)
    {
        var start = Stopwatch.GetTimestamp();
        var length = 0;
        using var come = new ReceivedDescriptor();
        truncated = false;
        while (true)
        {
            var received = _channel.Receive(_frame.AsSpan(length), out var number, out var cut);
            if (number >= 0) come.Add(number);
            truncated |= cut;
            if (received == 0 || (received < 0 && _channel.IsEnd)) throw Lost(Gone(purpose));
            if (received < 0) throw Lost(_channel.IsLate ? Late(purpose) : _channel.Failure("receive", purpose));
            length += received;
            if (!FrameReader.TryBegin(_frame.AsSpan(0, length), out var answer) || answer is { Version: FrameWriter.Version, HasLength: true, IsWhole: false })
            {
                // The channel's limit is for each receive, and one that sends its answer byte by byte keeps within it.
                if (Stopwatch.GetElapsedTime(start) <= _patience) continue;
                throw Lost(Late(purpose));
            }

            if (answer.Version != FrameWriter.Version || !answer.HasLength || answer.Length != length || come.WereSeveral) throw Broken(purpose);
            if (answer.Kind == FrameKind.Refused) throw answer.TryReadRefusal(purpose, out var refused) ? refused! : Broken(purpose);
            file = come.Take();
            return answer;
        }
    }

    private ShMemException Gone(string purpose) => new(ShMemError.NotFound, purpose, $"service '{_service}' is gone",
        "Start it again, and ask for new segments: those that are mapped stay usable.");

    private ShMemException Late(string purpose) => new(ShMemError.Os, purpose, $"service '{_service}' has not answered for {_patience.TotalSeconds} s",
        "It is stopped or overloaded: look at its process.");

    private ShMemException Broken(string purpose) => Lost(new ShMemException(ShMemError.Os, purpose,
        $"service '{_service}' answers in a way that version {FrameWriter.Version} of its protocol does not have", "Run one version of Shmem in all processes."));

    /// <summary>Ends the connection, with one line in the trace where views are still in use.</summary>
    private ShMemException Lost(ShMemException why)
    {
        if (!IsLost && _views.Count > 0)
            Trace.TraceWarning($"service '{_service}' is lost while {_views.Count} of its segments are mapped here; they stay usable: {why.Message}");
        Lose();
        return why;
    }

    private void Lose()
    {
        IsLost = true;
        _channel.Dispose();
    }
}

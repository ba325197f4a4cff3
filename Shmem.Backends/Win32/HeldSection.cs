using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Win32;

/// <summary>
/// A handle of this process by which a section is reached: others duplicate it, or it was duplicated into this process. It lives as long as the view that
/// owns it. No number is believed: a handle becomes ours when the section behind it has shown its nonce, and only what is ours is closed.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class HeldSection : SafeHandle
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, ulong> Held = [];

    private HeldSection(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    /// <summary>A new section, held from here on, and the view of its creator.</summary>
    /// <exception cref="ShMemException">The system refused; nothing is left.</exception>
    public static ShMem Create(long size, string purpose)
    {
        var section = Kernel32Sections.Create(null, SectionTrailer.Total(size), UserOnly.Descriptor);
        if (section.IsInvalid) throw Win32Failure.Of("CreateFileMappingW", purpose);
        var nonce = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray());
        try
        {
            var start = Kernel32Sections.Map(section, ShMemAccess.ReadWrite);
            if (start == 0) throw Win32Failure.Of("MapViewOfFile", purpose);
            SectionTrailer.Write(start, Kernel32Sections.Length(start), size, nonce);
            var number = section.DangerousGetHandle();
            var description = new ShMemDescription(new HandleId(Environment.ProcessId, (int)number, nonce).ToId(), size);
            section.SetHandleAsInvalid();
            lock (Gate) return new ShMem(Win32Mapping.Of(start, Hold(number, nonce)), description, isOwner: true);
        }
        catch
        {
            section.Dispose();
            throw;
        }
    }

    /// <summary>Opens a section by a handle of this process. The first view of one that was duplicated into the process owns the handle.</summary>
    /// <exception cref="ShMemException">There is no such handle, or it is not that section's, or the system refused.</exception>
    public static ShMem Open(in HandleId id, in ShMemDescription description, ShMemAccess access)
    {
        // One at a time, so that a handle is neither taken twice nor closed meanwhile.
        lock (Gate)
        {
            using var section = new SafeFileHandle(id.Handle, ownsHandle: false);
            var start = Map(section, id, description, access);
            return new ShMem(Win32Mapping.Of(start, Held.ContainsKey(id.Handle) ? null : Hold(id.Handle, id.Nonce)), description, isOwner: false);
        }
    }

    /// <summary>Opens a section by a handle of another process.</summary>
    /// <exception cref="ShMemException">The process is gone or another user's, has no such handle, or it is not that section's.</exception>
    public static ShMem OpenIn(in HandleId id, in ShMemDescription description, ShMemAccess access)
    {
        using var process = Kernel32Processes.OpenForHandles(id.Pid);
        if (process.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            throw Win32Failure.Of("OpenProcess", $"open {description.Id}", error == Win32Error.INVALID_PARAMETER ? Win32Error.FILE_NOT_FOUND : error);
        }

        using var section = Kernel32Handles.Take(process, id.Handle);
        if (section.IsInvalid) throw Win32Failure.Of("DuplicateHandle", $"open {description.Id}");
        return new ShMem(Win32Mapping.Of(Map(section, id, description, access), null), description, isOwner: false);
    }

    /// <summary>Gives another process a handle of a section that this one holds.</summary>
    /// <returns>Its number there.</returns>
    /// <exception cref="ShMemException">This process does not hold it, or the other is gone.</exception>
    public static int Give(in HandleId id, SafeProcessHandle process, ShMemAccess access, string purpose)
    {
        lock (Gate)
        {
            if (!Held.TryGetValue(id.Handle, out var nonce) || nonce != id.Nonce)
            {
                throw new ShMemException(ShMemError.NotFound, purpose, "the view that had the handle is disposed", "Keep it until the children have their own.");
            }

            using var section = new SafeFileHandle(id.Handle, ownsHandle: false);
            var number = Kernel32Handles.Give(section, process, access);
            return number != 0 ? (int)number : throw Win32Failure.Of("DuplicateHandle", purpose);
        }
    }

    protected override bool ReleaseHandle()
    {
        lock (Gate)
        {
            Held.Remove(handle);
            using var section = new SafeFileHandle(handle, ownsHandle: true);
            return true;
        }
    }

    /// <summary>The gate is the caller's.</summary>
    private static HeldSection Hold(nint number, ulong nonce)
    {
        Held.Add(number, nonce);
        return new HeldSection(number);
    }

    private static nint Map(SafeHandle section, in HandleId id, in ShMemDescription description, ShMemAccess access)
    {
        var start = Kernel32Sections.Map(section, access);
        if (start == 0) throw Win32Failure.Of("MapViewOfFile", $"open {description.Id}");
        var real = SectionTrailer.SizeOf(start, Kernel32Sections.Length(start), id.Nonce);
        if (real >= description.Size) return start;
        _ = Kernel32Sections.Unmap(start);
        throw real > 0
            ? ShMemProvider.TooSmall(description, real)
            : new ShMemException(ShMemError.NotFound, $"open {description.Id}", "that handle is another's by now", "Its owner released it: ask for a new description.");
    }
}

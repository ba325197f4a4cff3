using System.Runtime.Versioning;
using Shmem.Backends.PosixShm;

namespace Shmem.Tests.Service;

/// <summary>As on macOS: objects of short names, sized once, unlinked at once.</summary>
[SupportedOSPlatform("linux")]
public sealed class ServedPosixTests() : ServedContract(new PosixFiles(asOnLinux: false));

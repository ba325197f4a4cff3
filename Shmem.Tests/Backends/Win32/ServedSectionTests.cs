using System.Runtime.Versioning;
using Shmem.Backends.Win32;
using Shmem.Tests.Service;

namespace Shmem.Tests.Backends.Win32;

/// <summary>What every provider keeps, by a service over a named pipe.</summary>
[SupportedOSPlatform("windows")]
public sealed class ServedSectionTests() : ServedContract(new SectionFiles());

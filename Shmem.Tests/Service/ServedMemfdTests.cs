using System.Runtime.Versioning;
using Shmem.Backends.Memfd;

namespace Shmem.Tests.Service;

[SupportedOSPlatform("linux")]
public sealed class ServedMemfdTests() : ServedContract(new MemfdFiles());

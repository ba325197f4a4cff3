using System.Runtime.Versioning;
using Shmem.Backends.Ashmem;

namespace Shmem.Tests.Service.Ashmem;

[SupportedOSPlatform("linux")]
public sealed class ServedAshmemTests() : ServedContract(new AshmemFiles());

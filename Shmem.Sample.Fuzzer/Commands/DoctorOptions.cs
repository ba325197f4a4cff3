namespace Shmem.Sample.Fuzzer.Commands;

/// <param name="Clean">Remove what dead campaigns left.</param>
internal sealed record DoctorOptions(bool Clean);

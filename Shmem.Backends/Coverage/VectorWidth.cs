using System.Runtime.Intrinsics;

namespace Shmem.Backends.Coverage;

/// <summary>By which vectors maps are compared and cleared; the values are the vectors' bits.</summary>
internal enum VectorWidth
{
    Scalar = 64,
    Vector128 = 128,
    Vector256 = 256,
    Vector512 = 512,
}

/// <summary>The variant chosen once per process: the widest that the machine has, or what <c>SHMEM_VECTOR</c> forces.</summary>
internal static class VectorChoice
{
    public const string Variable = "SHMEM_VECTOR";

    /// <summary>Read-only, so that the JIT folds the choice into the code. Every variant is right on every machine, only not equally fast.</summary>
    public static readonly VectorWidth Width = Parse(Environment.GetEnvironmentVariable(Variable)) ?? Widest();

    /// <summary>Refuses a value of the variable that means nothing. A static constructor could only throw it wrapped.</summary>
    /// <param name="value">Null or empty where it is not set.</param>
    public static void Check(string? value)
    {
        if (string.IsNullOrEmpty(value) || Parse(value) is not null) return;
        throw new ShMemException(ShMemError.Invalid, $"read environment variable {Variable}", $"'{value}' is no vector width",
            "Set it to 512, 256, 128 or scalar, or not at all.");
    }

    public static VectorWidth? Parse(string? text) => text switch
    {
        "512" => VectorWidth.Vector512,
        "256" => VectorWidth.Vector256,
        "128" => VectorWidth.Vector128,
        "scalar" => VectorWidth.Scalar,
        _ => null,
    };

    private static VectorWidth Widest() =>
        Vector512.IsHardwareAccelerated ? VectorWidth.Vector512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Vector256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Vector128
        : VectorWidth.Scalar;
}

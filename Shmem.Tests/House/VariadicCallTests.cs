using System.Runtime.Versioning;
using dnlib.DotNet;
using dnlib.DotNet.Emit;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.House;

/// <summary>
/// Every call of a variadic C function. macOS on ARM64 passes variadic arguments on the stack and all others in registers, of which there are eight (Apple,
/// "Writing ARM64 code for Apple platforms"): a declaration that does not know of it makes the callee read garbage. LESSONS: "Variadic calls get garbage on
/// macOS ARM64 unless declared with padding".
/// </summary>
public sealed class VariadicCallTests
{
    private const int Registers = 8;

    /// <summary>
    /// How many arguments have names: sys/fcntl.h has open, openat and fcntl, sys/mman.h shm_open, sys/ioctl.h ioctl, sys/semaphore.h sem_open, sys/sem.h
    /// semctl, unistd.h syscall, sys/prctl.h of Linux prctl, stdio.h printf, syslog.h syslog, spawn and exec by lists in unistd.h.
    /// </summary>
    private static readonly Dictionary<string, int> Named = new()
    {
        ["open"] = 2, ["openat"] = 3, ["fcntl"] = 2, ["shm_open"] = 2, ["ioctl"] = 2, ["sem_open"] = 2, ["semctl"] = 3, ["syscall"] = 1, ["prctl"] = 1,
        ["printf"] = 1, ["fprintf"] = 2, ["dprintf"] = 2, ["snprintf"] = 3, ["sscanf"] = 2, ["syslog"] = 2, ["execl"] = 2, ["execlp"] = 2, ["execle"] = 2,
    };

    private static readonly ModuleDefMD[] Modules =
        [.. ((string[])[typeof(ShMem).Assembly.Location, typeof(Shmem.Actors.RcShMemProviderActor).Assembly.Location]).Select(path => ModuleDefMD.Load(path))];

    private static List<MethodDef> Methods => [.. Modules.SelectMany(m => m.GetTypes()).SelectMany(t => t.Methods)];

    /// <summary>Native functions by the names they have there.</summary>
    private static List<MethodDef> Declared => [.. Methods.Where(m => m.ImplMap is { } map && Named.ContainsKey(map.Name))];

    [Fact]
    public void There_are_some() => Assert.Equal(["fcntl", "ioctl", "openat", "prctl", "shm_open", "syscall"],
        Declared.Select(m => m.ImplMap.Name.String).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Each_is_given_no_variadic_argument_or_one_behind_the_registers_or_has_a_twin_that_is_or_is_not_for_macOS() =>
        Assert.All(Declared, m => Assert.True(HasNone(m) || IsPadded(m) || HasTwin(m) || IsNotForMacOS(m), m.FullName));

    /// <summary>A plain one that has a twin is called on other systems only.</summary>
    [Fact]
    public void Where_there_is_a_twin_each_caller_asks_which_one_it_needs()
    {
        var plain = Declared.Where(m => !IsPadded(m) && HasTwin(m) && !IsNotForMacOS(m)).Select(m => Owner(m)).ToHashSet();
        Assert.NotEmpty(plain);
        var callers = Methods.Where(m => m.HasBody && !plain.Contains(m) && Calls(m).Any(plain.Contains)).ToList();
        Assert.NotEmpty(callers);
        Assert.All(callers, caller =>
        {
            var calls = Calls(caller);
            // The question first, then the padded one, then, for the other answer, the plain one; or the other way round.
            Assert.Equal($"get_{nameof(AppleArm64.IsHere)}", calls[0].Name);
            Assert.Equal(3, calls.Count);
            Assert.Single(calls, plain.Contains);
            Assert.Single(calls, c => IsPadded(Native(c)));
            var branch = caller.Body.Instructions.Single(i => i.OpCode.FlowControl == FlowControl.Cond_Branch);
            var onTrue = branch.OpCode == OpCodes.Brtrue || branch.OpCode == OpCodes.Brtrue_S ? (Instruction)branch.Operand : null;
            Assert.NotNull(onTrue);
            var first = caller.Body.Instructions.SkipWhile(i => i != onTrue).First(i => i.Operand is IMethod);
            Assert.True(IsPadded(Native(((IMethod)first.Operand).ResolveMethodDefThrow())), caller.FullName);
        });
    }

    private static bool HasNone(MethodDef native) => native.Parameters.Count <= Named[native.ImplMap.Name];

    /// <summary>Fillers as wide as a register behind the named ones, then one argument, whose place on the stack is the first.</summary>
    private static bool IsPadded(MethodDef? native) => native?.ImplMap is not null && native.Parameters.Count == Registers + 1
        && native.Parameters.Skip(Named[native.ImplMap.Name]).Take(Registers - Named[native.ImplMap.Name]).All(p => p.Type.ElementType == ElementType.I);

    private static bool HasTwin(MethodDef native) => native.DeclaringType.Methods.Any(m => m.ImplMap?.Name == native.ImplMap.Name && IsPadded(m));

    private static bool IsNotForMacOS(MethodDef native) => Owner(native).CustomAttributes.Any(a =>
        a.AttributeType.Name == nameof(UnsupportedOSPlatformAttribute) && a.ConstructorArguments[0].Value.ToString() == "macos");

    /// <summary>The method that people call: a declaration that needs marshalling is a local function of it.</summary>
    private static MethodDef Owner(MethodDef native) => native.Name.String is ['<', .., ] name && name.IndexOf('>') is > 1 and var end
        ? native.DeclaringType.Methods.Single(m => m.Name == name[1..end] && m.HasBody && Called(m).Contains(native)) : native;

    /// <summary>The native function behind a method of ours.</summary>
    private static MethodDef? Native(MethodDef method) => method.ImplMap is not null ? method
        : method.HasBody ? Called(method).FirstOrDefault(m => m.ImplMap is { } map && Named.ContainsKey(map.Name)) : null;

    private static List<MethodDef> Called(MethodDef method) => [.. method.Body.Instructions.Select(i => i.Operand).OfType<IMethod>()
        .Select(m => m.ResolveMethodDef()).OfType<MethodDef>()];

    /// <summary>What it calls of this namespace.</summary>
    private static List<MethodDef> Calls(MethodDef method) => [.. Called(method).Where(m => m.DeclaringType.Namespace == typeof(AppleArm64).Namespace
        && !m.IsConstructor && m.Name != nameof(LibcErrno.Keep))];
}

using dnlib.DotNet;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>Checks a target before any process is started for it. It reads metadata only: no code of the target runs in the broker.</summary>
internal static class TargetInspector
{
    private const string Signatures = "byte[], ReadOnlySpan<byte>, Stream or string";

    /// <exception cref="InputException">The target can't be fuzzed.</exception>
    public static InspectedTarget Inspect(TargetSpec spec)
    {
        if (!File.Exists(spec.AssemblyPath))
            throw new InputException(spec.AssemblyPath, "there is no such file", "Name the assembly to fuzz.");
        using var module = ReadableAssembly.Open(spec.AssemblyPath, "Name a managed .dll or .exe.");
        var type = FindType(module, spec.TypeName);
        var kind = ChooseMethod(type, spec);
        if (spec.Guard != ShMemGuard.None && kind != ArgumentKind.Span)
            throw new InputException("--guard", $"{spec.TypeName}.{spec.MethodName} never sees the memory that its input lies in", "Have it take a ReadOnlySpan<byte>, or leave --guard out.");
        return new InspectedTarget(spec, kind, InstrumentSelection.Choose(spec, module));
    }

    private static TypeDef FindType(ModuleDefMD module, string name)
    {
        if (module.Find(name, isReflectionName: true) is { } type)
            return type;
        var near = module.GetTypes().Where(type => type.Methods.Any(method => KindOf(method) is not null))
            .Select(type => type.ReflectionFullName).OrderBy(candidate => Suggestion.Slips(name, candidate)).Take(3).ToList();
        throw new InputException(name, $"there is no such type in {module.Assembly.Name}",
            near.Count > 0 ? $"Did you mean {string.Join(" or ", near)}?" : $"No type there has a method that takes {Signatures}: write a harness.");
    }

    private static ArgumentKind ChooseMethod(TypeDef type, TargetSpec spec)
    {
        var name = $"{spec.TypeName}.{spec.MethodName}";
        var named = type.Methods.Where(method => method.Name == spec.MethodName).ToList();
        if (named.Count == 0)
        {
            var near = type.Methods.Where(method => KindOf(method) is not null).Select(method => method.Name.String)
                .OrderBy(candidate => Suggestion.Slips(spec.MethodName, candidate)).Take(3).ToList();
            throw new InputException(name, "there is no such method",
                near.Count > 0 ? $"Did you mean {string.Join(" or ", near)}?" : $"No method of it takes {Signatures}: write a harness.");
        }

        if (type.HasGenericParameters || named.TrueForAll(method => method.HasGenericParameters))
            throw new InputException(name, "it is generic", "Write a harness that calls it with a type of your choice.");
        var fitting = named.Where(method => KindOf(method) is not null).ToList();
        if (fitting.Count == 0)
            throw new InputException(name, $"it does not take exactly one of {Signatures}", "Write a harness that does and calls it.");
        if (fitting.Count > 1)
            throw new InputException(name, $"{fitting.Count} overloads of it could be meant", "Write a harness with one method.");
        var method = fitting[0];
        if (method.IsAbstract || !method.HasBody)
            throw new InputException(name, "it has no body", "Name a method with one.");
        if (!method.IsStatic && (type.IsAbstract || !type.IsValueType && type.FindDefaultConstructor() is null))
            throw new InputException(name, "it is an instance method of a type without a parameterless constructor", "Write a static harness.");
        return KindOf(method)!.Value;
    }

    private static ArgumentKind? KindOf(MethodDef method)
    {
        if (method.HasGenericParameters || method.IsConstructor || method.MethodSig is not { Params.Count: 1 })
            return null;
        return method.MethodSig.Params[0].FullName switch
        {
            "System.Byte[]" => ArgumentKind.Array,
            "System.ReadOnlySpan`1<System.Byte>" => ArgumentKind.Span,
            "System.IO.Stream" => ArgumentKind.Stream,
            "System.String" => ArgumentKind.String,
            _ => null,
        };
    }
}

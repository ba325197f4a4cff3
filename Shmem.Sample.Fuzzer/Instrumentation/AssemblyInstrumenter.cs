using dnlib.DotNet;
using dnlib.DotNet.Emit;
using dnlib.DotNet.MD;
using dnlib.DotNet.Pdb;
using dnlib.DotNet.Writer;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>Makes the instrumented copy of one assembly. Nothing of it is executed.</summary>
internal static class AssemblyInstrumenter
{
    /// <summary>Counts up with every change of the pass that moves an edge or changes what a copy holds.</summary>
    public const int Version = 2;

    /// <summary>Reads an assembly from memory, so that what is hashed is what is instrumented.</summary>
    /// <param name="image">The bytes of the file at <paramref name="path"/>.</param>
    /// <param name="path">Where it lies; its symbols are looked for inside it and beside it.</param>
    /// <exception cref="InputException">It is no assembly that can be instrumented.</exception>
    public static ModuleDefMD Open(byte[] image, string path)
    {
        ModuleDefMD module;
        try
        {
            module = TryLoadWithSymbols(image, path) ?? ModuleDefMD.Load(image, new ModuleCreationOptions { TryToLoadPdbFromDisk = false });
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or IndexOutOfRangeException)
        {
            throw new InputException(path, "it is not a .NET assembly", "Name a managed .dll or .exe.");
        }

        if (module.Assembly is null)
            throw new InputException(path, "it is a module without an assembly", "Name the assembly that it belongs to.");
        if (!module.IsILOnly && !IsReadyToRun(module))
            throw new InputException(path, "it is mixed-mode: part of it is native code", "Leave it out with --instrument.");
        if (module.GetTypeRefs().FirstOrDefault(IsTrace) is { } trace)
            throw new InputException(path, $"it is instrumented already (it refers to {trace.FullName})", "Name the original assembly.");
        return module;
    }

    /// <summary>Instruments a module that nobody else uses, and writes it with its symbols inside.</summary>
    /// <param name="module">From <see cref="Open"/>; changed.</param>
    /// <param name="destination">The file to write.</param>
    /// <param name="firstEdge">The number of its first edge.</param>
    /// <returns>The first edge of each method that has edges, and the number after the last one.</returns>
    public static (IReadOnlyList<MethodEdges> Methods, int EndEdge) Instrument(ModuleDefMD module, string destination, int firstEdge)
    {
        var trace = TraceType(module);
        var map = module.UpdateRowId(new MemberRefUser(module, nameof(Trace.Map), new FieldSig(new PtrSig(module.CorLibTypes.Byte)), trace));
        var exit = module.UpdateRowId(
            new MemberRefUser(module, nameof(Trace.Exit), MethodSig.CreateStatic(module.CorLibTypes.Void, module.CorLibTypes.Int32), trace));
        var methods = new List<MethodEdges>();
        var edge = firstEdge;
        foreach (var method in module.GetTypes().SelectMany(type => type.Methods).OrderBy(method => method.MDToken.Raw))
        {
            if (method.Body is not { Instructions.Count: > 0 } body)
                continue;
            methods.Add(new MethodEdges(method.MDToken.Raw, edge));
            edge = MethodInstrumenter.Instrument(body, map, edge);
            foreach (var instruction in body.Instructions.Where(IsExit)) instruction.Operand = exit;
        }

        Write(module, destination);
        return (methods, edge);
    }

    /// <summary>Null where the symbols, or the assembly, cannot be read: lines are all that a stack lacks without them.</summary>
    private static ModuleDefMD? TryLoadWithSymbols(byte[] image, string path)
    {
        try
        {
            var symbols = Path.ChangeExtension(path, ".pdb");
            var options = new ModuleCreationOptions { TryToLoadPdbFromDisk = true };
            if (File.Exists(symbols))
                options.PdbFileOrData = File.ReadAllBytes(symbols);
            return ModuleDefMD.Load(image, options);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static void Write(ModuleDefMD module, string destination)
    {
        if (IsReadyToRun(module))
        {
            // Its precompiled code would run instead of ours; without it the file is a plain assembly for any machine.
            module.Machine = dnlib.PE.Machine.I386;
            module.Cor20HeaderFlags = (module.Cor20HeaderFlags | ComImageFlags.ILOnly) & ~(ComImageFlags)4;
        }

        if (module.PdbState is { } symbols)
            symbols.PdbFileKind = PdbFileKind.EmbeddedPortablePDB;
        var options = new ModuleWriterOptions(module) { WritePdb = module.PdbState is not null };
        // Tokens stay, so that an edge's method can be named in the original too.
        options.MetadataOptions.Flags |= MetadataFlags.PreserveAll | MetadataFlags.KeepOldMaxStack;
        module.Write(destination, options);
    }

    private static TypeRefUser TraceType(ModuleDefMD module)
    {
        var name = typeof(Trace).Assembly.GetName();
        var assembly = module.UpdateRowId(new AssemblyRefUser(name.Name, name.Version));
        return module.UpdateRowId(new TypeRefUser(module, typeof(Trace).Namespace, nameof(Trace), assembly));
    }

    private static bool IsExit(Instruction instruction) => instruction.OpCode.Code == Code.Call
        && instruction.Operand is IMethod { Name.String: nameof(Environment.Exit), DeclaringType.FullName: "System.Environment" };

    private static bool IsTrace(TypeRef type) =>
        type.FullName == "SharpFuzz.Common.Trace" || type.FullName == typeof(Trace).FullName && type.DefinitionAssembly?.Name == typeof(Trace).Assembly.GetName().Name;

    private static bool IsReadyToRun(ModuleDefMD module)
    {
        const uint Signature = 0x00525452; // "RTR\0", READYTORUN_SIGNATURE of readytorun.h
        var header = module.Metadata.ImageCor20Header.ManagedNativeHeader;
        return header.VirtualAddress != 0 && module.Metadata.PEImage.CreateReader(header.VirtualAddress, 4).ReadUInt32() == Signature;
    }
}

using dnlib.DotNet;
using dnlib.DotNet.Emit;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Targets;

public class TargetInspectorTests
{
    private static string[] NamesOf(InspectedTarget target) => [.. target.Assemblies.Select(path => Path.GetFileNameWithoutExtension(path))];

    [Fact]
    public void By_default_the_target_and_all_that_it_brings_are_instrumented()
    {
        var target = TargetInspector.Inspect(TestTargets.Spec("Harness.Json"));
        Assert.Equal(["dnlib", "Google.Protobuf", "Newtonsoft.Json", "Shmem.Tests.Targets"], NamesOf(target));
        Assert.All(target.Assemblies, path => Assert.Equal(Path.TrimEndingDirectorySeparator(TestTargets.Folder), Path.GetDirectoryName(path)));
    }

    [Fact]
    public void A_glob_narrows_and_a_whole_name_may_be_the_frameworks() =>
        Assert.Equal(["Newtonsoft.Json", "System.Text.Json"], NamesOf(TargetInspector.Inspect(TestTargets.Spec("Harness.Json", "newton*", "System.Text.Json"))));

    [Theory]
    [InlineData("Harness.Span", ArgumentKind.Span)]
    [InlineData("Harness.Array", ArgumentKind.Array)]
    [InlineData("Harness.Text", ArgumentKind.String)]
    [InlineData("Harness.Disposes", ArgumentKind.Stream)]
    [InlineData("Harness.Overloaded", ArgumentKind.Array)]
    [InlineData("Harness.Instance", ArgumentKind.Span)]
    [InlineData("Harness+Nested.Hidden", ArgumentKind.Span)]
    internal void A_method_is_known_by_what_it_takes(string method, ArgumentKind kind) =>
        Assert.Equal(kind, TargetInspector.Inspect(TestTargets.Spec(method)).Argument);

    [Theory]
    [InlineData("Harnes.Span", "Did you mean Shmem.Tests.Targets.Harness")]
    [InlineData("Harness.Spam", "Did you mean Span")]
    [InlineData("Harness.Wrong", "does not take exactly one of")]
    [InlineData("Harness.Ambiguous", "2 overloads")]
    [InlineData("Harness.Generic", "generic")]
    [InlineData("NeedsArgument.Run", "parameterless constructor")]
    public void What_cannot_be_fuzzed_is_refused(string method, string why) =>
        Assert.Contains(why, Assert.Throws<InputException>(() => TargetInspector.Inspect(TestTargets.Spec(method))).Message);

    [Theory]
    [InlineData("nothing*", "matches nothing")]
    [InlineData("System.*", "matches nothing")]
    [InlineData("System.Private.CoreLib", "only one")]
    public void A_glob_that_names_nothing_usable_is_refused(string glob, string why) =>
        Assert.Contains(why, Assert.Throws<InputException>(() => TargetInspector.Inspect(TestTargets.Spec("Harness.Span", glob))).Message);

    [Fact]
    public void A_missing_dependency_is_named()
    {
        var lonely = Path.Combine(TestTargets.NewFolder(), "Lonely.dll");
        File.Copy(TestTargets.Odd, lonely);
        var e = Assert.Throws<InputException>(() => TargetInspector.Inspect(TargetSpec.Parse(lonely, "Shmem.Tests.Targets.Harness.Span", [])));
        Assert.Matches("it needs (dnlib|Google.Protobuf|Newtonsoft.Json) [0-9.]+, which is neither beside it", e.Message);
    }

    [Theory]
    [InlineData("no assembly")]
    [InlineData("")]
    public void A_damaged_dependency_is_named(string content)
    {
        var folder = TestTargets.NewFolder();
        foreach (var file in Directory.EnumerateFiles(TestTargets.Folder, "*.dll")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var damaged = Path.Combine(folder, "dnlib.dll");
        File.WriteAllText(damaged, content);

        var e = Assert.Throws<InputException>(() => TargetInspector.Inspect(
            TargetSpec.Parse(Path.Combine(folder, Path.GetFileName(TestTargets.Odd)), "Shmem.Tests.Targets.Harness.Span", [])));

        Assert.Equal(damaged, e.What);
        Assert.Contains("not a readable .NET assembly", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_framework_that_is_installed_is_the_targets_without_being_instrumented()
    {
        var frameworks = Path.GetDirectoryName(Path.GetDirectoryName(SharedFramework.Folder))!;
        Require.That(Directory.Exists(Path.Combine(frameworks, "Microsoft.AspNetCore.App")), "ASP.NET Core beside the .NET runtime");
        var path = WebTarget(new Version(8, 0, 0, 0));
        var spec = TargetSpec.Parse(path, "Web.Harness.Run", []);
        Assert.Equal([path], TargetInspector.Inspect(spec).Assemblies);
        Assert.Equal(["Microsoft.AspNetCore.Http.Abstractions"], NamesOf(TargetInspector.Inspect(spec with { InstrumentGlobs = ["Microsoft.AspNetCore.Http.Abstractions"] })));

        var context = new TargetLoadContext(path, new InstrumentedSet([], []));
        Assert.Equal(true, context.LoadTarget().GetType("Web.Harness")!.GetMethod("Run")!.Invoke(null, [Array.Empty<byte>()]));
        // Not ours, nor in our own load context.
        Assert.Contains(context.Assemblies, loaded => loaded.GetName().Name == "Microsoft.AspNetCore.Http.Abstractions");
    }

    [Fact]
    public void A_later_shared_framework_than_is_installed_is_named_as_missing() => Assert.Contains("it needs Microsoft.AspNetCore.Http.Abstractions 99.0.0.0",
        Assert.Throws<InputException>(() => TargetInspector.Inspect(TargetSpec.Parse(WebTarget(new Version(99, 0, 0, 0)), "Web.Harness.Run", []))).Message);

    /// <summary>A target that asks ASP.NET Core whether GET is GET, as a compiler would make it.</summary>
    private static string WebTarget(Version framework)
    {
        var path = Path.Combine(TestTargets.NewFolder(), "Web.dll");
        var module = new ModuleDefUser("Web.dll", null, new AssemblyRefUser("System.Runtime", new Version(8, 0, 0, 0), new PublicKeyToken("b03f5f7f11d50a3a")));
        new AssemblyDefUser("Web", new Version(1, 0, 0, 0)).Modules.Add(module);
        var http = new AssemblyRefUser("Microsoft.AspNetCore.Http.Abstractions", framework, new PublicKeyToken("adb9793829ddae60"));
        var isGet = new MemberRefUser(module, "IsGet", MethodSig.CreateStatic(module.CorLibTypes.Boolean, module.CorLibTypes.String),
            new TypeRefUser(module, "Microsoft.AspNetCore.Http", "HttpMethods", http));
        var type = new TypeDefUser("Web", "Harness", module.CorLibTypes.Object.TypeDefOrRef) { Attributes = TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed };
        module.Types.Add(type);
        var run = new MethodDefUser("Run", MethodSig.CreateStatic(module.CorLibTypes.Boolean, new SZArraySig(module.CorLibTypes.Byte)),
            MethodImplAttributes.IL, MethodAttributes.Public | MethodAttributes.Static) { Body = new CilBody() };
        run.Body.Instructions.Add(OpCodes.Ldstr.ToInstruction("GET"));
        run.Body.Instructions.Add(OpCodes.Call.ToInstruction(isGet));
        run.Body.Instructions.Add(OpCodes.Ret.ToInstruction());
        type.Methods.Add(run);
        module.Write(path);
        return path;
    }

    [Fact]
    public void A_missing_or_foreign_file_is_refused()
    {
        Assert.Contains("no such file", Assert.Throws<InputException>(() => TargetInspector.Inspect(TargetSpec.Parse("/nowhere.dll", "A.B", []))).Message);
        Assert.Contains("not a readable .NET assembly", Assert.Throws<InputException>(() => TargetInspector.Inspect(TargetSpec.Parse("/etc/hostname", "A.B", []))).Message);
        Assert.Contains("Namespace.Type.Method", Assert.Throws<InputException>(() => TargetSpec.Parse(TestTargets.Odd, "Method", [])).Message);
    }
}

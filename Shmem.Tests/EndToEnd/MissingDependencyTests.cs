using System.Reflection;
using System.Reflection.Emit;
using Shmem.Tests.Targets;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>A library that the target's own dependencies need, and that is not there: a fault of the folder, which the user is told of, and no crash.</summary>
public sealed class MissingDependencyTests
{
    [Fact]
    public async Task Inputs_that_lead_to_it_are_no_findings_and_the_user_is_told_once()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, ["fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1",
            "-V", "3600", "--plain", .. Target(folder)]);
        // On its own thread, and on another.
        await fuzzer.UntilAsync(status => status["crashes"] != "0" || status["deaths"] != "0" && fuzzer.Output.Contains("dnlib, Version=", StringComparison.Ordinal));
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Empty(folder.Findings());
        Assert.Empty(folder.Saved("crashes"));
        Assert.Empty(folder.Saved("unreproduced"));
        var warning = Assert.Single(fuzzer.Output.Split('\n'), line => line.StartsWith("warning ", StringComparison.Ordinal));
        Assert.Contains(folder.Root, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_or_an_input_that_leads_to_it_is_wrong_input()
    {
        using var folder = new CampaignFolder();
        var seed = folder.Write("needing", "c"u8);

        foreach (var command in (string[][])[["fuzz", "-i", seed, "-o", folder.Out], ["replay", seed]])
        {
            using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, [.. command, .. Target(folder)]);

            Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
            var line = Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("dnlib, Version=", line, StringComparison.Ordinal);
            Assert.Contains("needing", line, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(folder.Out), "the output folder was left");
    }

    /// <summary>A library that needs the targets of the tests, which lie beside it without what they need.</summary>
    private static string[] Target(CampaignFolder folder)
    {
        var bin = Directory.CreateDirectory(Path.Combine(folder.Root, "bin")).FullName;
        File.Copy(TestTargets.Odd, Path.Combine(bin, Path.GetFileName(TestTargets.Odd)), overwrite: true);
        var library = Path.Combine(bin, "Outer.dll");
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("Outer"), typeof(object).Assembly);
        var type = assembly.DefineDynamicModule("Outer").DefineType("Outer.Type", TypeAttributes.Public);
        var code = type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static, typeof(void), [typeof(byte[])]).GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, TestTargets.Original.GetType("Shmem.Tests.Targets.Needy", throwOnError: true)!.GetMethod("Run")!);
        code.Emit(OpCodes.Ret);
        type.CreateType();
        assembly.Save(library);
        return ["--assembly", library, "--method", "Outer.Type.Run"];
    }
}

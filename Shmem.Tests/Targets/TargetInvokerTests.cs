using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Targets;

[Collection("coverage map")]
public class TargetInvokerTests
{
    [Theory]
    [InlineData("Harness.Span", 3)]
    [InlineData("Harness.Text", 3)]
    [InlineData("Harness.Instance", 4)]
    [InlineData("Harness.Disposes", 3)]
    [InlineData("Harness+Nested.Hidden", 3)]
    public void A_run_hands_the_input_over(string method, int seen)
    {
        var target = TestTargets.Load(method);
        var harness = HarnessOf(target);
        // Twice: a target may dispose its stream.
        for (var i = 0; i < 2; i++)
        {
            target.Run("abc"u8);
            Assert.Equal(seen, harness.GetField("LastLength")!.GetValue(null));
        }
    }

    [Theory]
    [InlineData("Harness.Throws")]
    [InlineData("Harness.ThrowsLater")]
    [InlineData("Harness.ThrowsLaterWithValue")]
    public void What_the_target_throws_comes_out_as_itself(string method)
    {
        var target = TestTargets.Load(method);
        Assert.Equal("as itself", Assert.Throws<InvalidDataException>(() => target.Run([1])).Message);
    }

    [Theory]
    [InlineData("Harness.Span", 0)]
    [InlineData("Harness.Disposes", 0)]
    [InlineData("Harness.Array", 40)]
    [InlineData("Harness.Text", 48)]
    public void A_run_allocates_no_more_than_its_argument(string method, int bytes)
    {
        var target = TestTargets.Load(method);
        target.Run("0123456789"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            target.Run("0123456789"u8);
        Assert.Equal(bytes * 1000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(ShMemGuard.After)]
    [InlineData(ShMemGuard.Before)]
    public void A_guarded_input_is_whole_at_any_length_and_costs_no_allocation(ShMemGuard guard)
    {
        using var target = TargetInvoker.Load(TestTargets.Spec("OffByOne.Within") with { Guard = guard }, TestTargets.Set);
        var read = target.Method.DeclaringType!;
        var input = new byte[InputRing.MostBytes];
        foreach (var length in (int[])[1, 2, 4095, 4096, 4097, InputRing.MostBytes, 3, 0])
        {
            var bytes = input.AsSpan(0, length);
            bytes.Fill(1);
            if (length > 0) bytes[^1] = 7;
            if (length > 1) bytes[0] = 5;
            target.Run(bytes);
            if (length > 1) Assert.Equal(5 << 8 | 7, read.GetField("Read")!.GetValue(null));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) target.Run("0123456789"u8);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_target_gets_its_own_version_of_a_library_that_we_use_too()
    {
        var target = TestTargets.Load("Harness.OtherVersion");
        target.Run([65]);
        Assert.Equal("4.4.0.0", HarnessOf(target).GetField("DnlibVersion")!.GetValue(null));
        Assert.Equal("4.5.0.0", typeof(dnlib.DotNet.ModuleDefMD).Assembly.GetName().Version!.ToString());
    }

    [Fact]
    public void A_target_that_cannot_start_says_why()
    {
        var e = Assert.Throws<InputException>(() => TestTargets.Load("FailsToStart.Run"));
        Assert.Contains("DivideByZeroException", e.Message);
    }

    [Fact]
    public void A_library_that_only_we_have_is_missing_to_the_target()
    {
        var lonely = Path.Combine(TestTargets.NewFolder(), "Shmem.Tests.Targets.dll");
        File.Copy(TestTargets.Odd, lonely);
        var set = TestTargets.NewCache().Instrument([lonely], TestContext.Current.CancellationToken);
        var target = TargetInvoker.Load(TargetSpec.Parse(lonely, "Shmem.Tests.Targets.Harness.OtherVersion", []), set);
        // Every time: the runtime remembers that it failed.
        for (var i = 0; i < 2; i++)
        {
            var e = Assert.Throws<FileNotFoundException>(() => target.Run([1]));
            Assert.Contains("dnlib, Version=4.4.0.0", MissingDependencyException.In(e)?.FileName);
        }
    }

    [Fact]
    public void A_file_may_differ_from_its_assembly_in_case()
    {
        var folder = TestTargets.NewFolder();
        foreach (var file in Directory.EnumerateFiles(TestTargets.Folder, "*.dll"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file).ToLowerInvariant()));
        var spec = TargetSpec.Parse(Path.Combine(folder, "shmem.tests.targets.dll"), "Shmem.Tests.Targets.Harness.Json", []);
        var inspected = TargetInspector.Inspect(spec);
        Assert.Equal(4, inspected.Assemblies.Count);
        var set = TestTargets.NewCache().Instrument(inspected.Assemblies, TestContext.Current.CancellationToken);
        var target = TargetInvoker.Load(spec, set);
        var edges = Instrumentation.CoverageMap.EdgesOf(() => target.Run("[1]"u8));
        Assert.Contains(edges.Keys, edge => set.Locate(edge).Assembly.Name == "Newtonsoft.Json");
    }

    [Fact]
    public void A_stream_is_closed_after_its_run()
    {
        var stream = new InputStream();
        unsafe
        {
            var bytes = stackalloc byte[] { 1, 2, 3 };
            stream.Open(bytes, 3);
            Assert.Equal(2, stream.Seek(-1, SeekOrigin.End));
            Assert.Equal(3, stream.ReadByte());
            Assert.Equal(-1, stream.ReadByte());
            stream.Position = 1;
            Assert.Equal(2, stream.Read(new byte[8]));
            stream.Revoke();
        }

        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Assert.Throws<NotSupportedException>(() => stream.WriteByte(1));
    }

    private static Type HarnessOf(TargetInvoker target) => target.Method.DeclaringType!.Assembly.GetType("Shmem.Tests.Targets.Harness")!;
}

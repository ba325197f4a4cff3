using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;
using Shmem.Tests.Targets;
using Xunit;

namespace Shmem.Tests.Instrumentation;

public class InstrumentationCacheTests
{
    private static readonly string[] Paths = [TestTargets.Odd, TestTargets.Beside("Newtonsoft.Json")];

    [Fact]
    public void The_order_of_the_assemblies_does_not_matter()
    {
        var one = TestTargets.NewCache().Instrument(Paths, TestContext.Current.CancellationToken);
        var other = TestTargets.NewCache().Instrument(Paths.Reverse(), TestContext.Current.CancellationToken);
        Assert.Equal(one.Identity.ToArray(), other.Identity.ToArray());
        Assert.Equal(one.EdgeCount, other.EdgeCount);
        Assert.Equal(one.Assemblies.SelectMany(a => a.Methods), other.Assemblies.SelectMany(a => a.Methods));
        Assert.Equal(one.Assemblies.Select(a => File.ReadAllBytes(a.Path)), other.Assemblies.Select(a => File.ReadAllBytes(a.Path)));
    }

    [Fact]
    public void Symbols_that_were_cut_short_are_as_good_as_none()
    {
        var folder = Directory.CreateTempSubdirectory("shmem-tests-");
        try
        {
            var path = Path.Combine(folder.FullName, Path.GetFileName(TestTargets.Odd));
            foreach (var file in Directory.EnumerateFiles(TestTargets.Folder, "*.dll")) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            var symbols = File.ReadAllBytes(Path.ChangeExtension(TestTargets.Odd, ".pdb"));
            // At some lengths the reader says that there are none, at others it throws.
            for (var length = 0; length < symbols.Length; length += 250)
            {
                File.WriteAllBytes(Path.ChangeExtension(path, ".pdb"), symbols[..length]);
                Assert.Equal([path], TargetInspector.Inspect(TargetSpec.Parse(path, "Shmem.Tests.Targets.Deadly.Run", ["Shmem.Tests.Targets"])).Assemblies);
                using var module = AssemblyInstrumenter.Open(File.ReadAllBytes(path), path);
                Assert.Equal("Shmem.Tests.Targets", module.Assembly.Name.String);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Edges_are_numbered_without_gaps()
    {
        var set = TestTargets.NewCache().Instrument(Paths, TestContext.Current.CancellationToken);
        var used = new SortedSet<int>();
        foreach (var assembly in set.Assemblies)
        {
            using var module = dnlib.DotNet.ModuleDefMD.Load(assembly.Path);
            foreach (var code in module.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody).Select(m => m.Body.Instructions))
            {
                for (var i = 0; i < code.Count; i++)
                {
                    if (code[i].Operand is dnlib.DotNet.MemberRef { Name.String: "Map" } field && field.DeclaringType.FullName == typeof(Trace).FullName)
                        Assert.True(used.Add(code[i + 1].GetLdcI4Value()), "two counters have one number");
                }
            }
        }

        Assert.Equal(set.EdgeCount, used.Count);
        Assert.Equal(0, used.Min);
        Assert.Equal(set.EdgeCount - 1, used.Max);
    }

    [Fact]
    public void Another_set_has_another_identity() => Assert.NotEqual(
        TestTargets.NewCache().Instrument(Paths, TestContext.Current.CancellationToken).Identity.ToArray(), TestTargets.NewCache().Instrument(Paths[..1], TestContext.Current.CancellationToken).Identity.ToArray());

    [Fact]
    public void An_entry_is_used_again()
    {
        var cache = TestTargets.NewCache();
        var first = cache.Instrument(Paths, TestContext.Current.CancellationToken);
        var made = File.GetLastWriteTimeUtc(first.Assemblies[0].Path);
        Assert.Equal(first.Assemblies[0].Path, cache.Instrument(Paths, TestContext.Current.CancellationToken).Assemblies[0].Path);
        Assert.Equal(made, File.GetLastWriteTimeUtc(first.Assemblies[0].Path));
        Assert.Equal(first.EdgeCount, cache.Load(first.Identity.ToArray(), [.. first.Assemblies.Select(a => a.OriginalPath)]).EdgeCount);
        Assert.Single(Directory.EnumerateDirectories(cache.Folder));
    }

    // As at Ctrl-C, while the assemblies are read or when they have been.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_given_up_leaves_nothing(int assemblies)
    {
        using var stop = new CancellationTokenSource();
        var cache = TestTargets.NewCache();
        Assert.Throws<OperationCanceledException>(() => cache.Instrument(Given(), stop.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(cache.Folder));

        IEnumerable<string> Given()
        {
            for (var i = 0; i < Paths.Length; i++)
            {
                if (i == assemblies) stop.Cancel();
                yield return Paths[i];
            }

            stop.Cancel();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_damaged_entry_is_made_again(bool damageCopy)
    {
        var cache = TestTargets.NewCache();
        var set = cache.Instrument(Paths[..1], TestContext.Current.CancellationToken);
        var file = damageCopy ? set.Assemblies[0].Path : Path.Combine(Path.GetDirectoryName(set.Assemblies[0].Path)!, "..", "set");
        var whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^10]);
        Assert.Throws<InputException>(() => cache.Load(set.Identity.ToArray(), [TestTargets.Odd]));
        cache.Instrument(Paths[..1], TestContext.Current.CancellationToken);
        Assert.Equal(whole, File.ReadAllBytes(file));
    }

    [Fact]
    public void An_entry_that_nobody_has_used_for_a_month_goes_when_another_is_made()
    {
        var cache = TestTargets.NewCache();
        var entries = Paths.Append(TestTargets.Beside("dnlib")).ToDictionary(path => path, path => cache.Instrument([path], TestContext.Current.CancellationToken));
        Age(Paths[0], 29);
        Age(Paths[1], 31);
        Age(TestTargets.Beside("dnlib"), 31);
        var foreign = Directory.CreateDirectory(Path.Combine(cache.Folder, "notes")).FullName;

        // Whoever uses one says so: a worker's start is enough.
        cache.Load(entries[Paths[1]].Identity.ToArray(), [Paths[1]]);
        cache.Instrument(Paths, TestContext.Current.CancellationToken);

        Assert.Equal([true, true, false], entries.Values.Select(set => File.Exists(set.Assemblies[0].Path)));
        Assert.True(Directory.Exists(foreign));
        InstrumentationCache.Touch(entries[Paths[0]]);
        Assert.InRange(LastUse(Paths[0]), DateTime.UtcNow.AddDays(-1), DateTime.UtcNow.AddDays(1));

        string Manifest(string path) => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(entries[path].Assemblies[0].Path))!, SetManifest.FileName);
        void Age(string path, int days) => File.SetLastWriteTimeUtc(Manifest(path), DateTime.UtcNow.AddDays(-days));
        DateTime LastUse(string path) => File.GetLastWriteTimeUtc(Manifest(path));
    }

    // Its last use was a month ago when it was looked at, and is not when it has been moved aside.
    [Fact]
    public void An_entry_that_somebody_finds_while_it_is_removed_stays()
    {
        var cache = TestTargets.NewCache();
        var set = cache.Instrument(Paths[..1], TestContext.Current.CancellationToken);
        var entry = Assert.Single(Directory.EnumerateDirectories(cache.Folder));

        cache.RemoveUnlessUsed(entry);
        Assert.Equal([entry], Directory.EnumerateFileSystemEntries(cache.Folder));
        Assert.True(File.Exists(set.Assemblies[0].Path));

        File.SetLastWriteTimeUtc(Path.Combine(entry, SetManifest.FileName), DateTime.UtcNow.AddDays(-31));
        cache.RemoveUnlessUsed(entry);
        Assert.Empty(Directory.EnumerateFileSystemEntries(cache.Folder));
    }

    [Fact]
    public async Task Several_may_make_one_entry_at_the_same_time()
    {
        var folder = TestTargets.NewFolder();
        var sets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => InstrumentationCache.Open(folder).Instrument(Paths[..1], TestContext.Current.CancellationToken))));
        Assert.Single(sets.Select(set => set.Assemblies[0].Path).Distinct());
        Assert.Single(Directory.EnumerateDirectories(folder));
    }

    [Fact]
    public void A_folder_that_others_may_use_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no modes there");
            return;
        }
        var folder = TestTargets.NewFolder();
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);
        Assert.Contains("others may use it", Assert.Throws<InputException>(() => InstrumentationCache.Open(folder)).Message);
        var link = folder + "-link";
        Directory.CreateSymbolicLink(link, TestTargets.NewFolder());
        Assert.Contains("link", Assert.Throws<InputException>(() => InstrumentationCache.Open(link)).Message);
    }

    // A new folder inherits the bit of its parent, and chmod 700 leaves it there.
    [Fact]
    public void A_folder_that_is_to_give_its_group_to_what_is_in_it_is_good()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no modes there");
            return;
        }
        var parent = TestTargets.NewFolder();
        File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | UnixFileMode.SetGroup);
        var folder = Path.Combine(parent, "shmem");
        InstrumentationCache.Open(folder);
        Assert.True(File.GetUnixFileMode(folder).HasFlag(UnixFileMode.SetGroup));
        InstrumentationCache.Open(folder);
        Assert.True(File.GetUnixFileMode(folder).HasFlag(UnixFileMode.SetGroup), "the bit was taken away");
    }

    [Fact]
    public void What_is_instrumented_already_is_refused()
    {
        var set = TestTargets.NewCache().Instrument(Paths[..1], TestContext.Current.CancellationToken);
        Assert.Contains("instrumented already", Assert.Throws<InputException>(() => TestTargets.NewCache().Instrument([set.Assemblies[0].Path], TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Native_code_is_refused()
    {
        var mixed = Path.Combine(TestTargets.NewFolder(), "Mixed.dll");
        using (var module = dnlib.DotNet.ModuleDefMD.Load(TestTargets.Odd))
        {
            module.IsILOnly = false;
            module.Write(mixed);
        }

        Assert.Contains("mixed-mode", Assert.Throws<InputException>(() => TestTargets.NewCache().Instrument([mixed], TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void The_environment_says_where_the_cache_is()
    {
        Assert.Equal("/own", InstrumentationCache.DefaultFolder(name => name == "SHMEM_CACHE_DIR" ? "/own" : "/xdg"));
        Assert.Equal("/xdg/shmem", InstrumentationCache.DefaultFolder(name => name == "XDG_CACHE_HOME" ? "/xdg" : null));
        Assert.EndsWith("/.cache/shmem", InstrumentationCache.DefaultFolder(_ => null));
    }

    [Fact]
    public void What_is_no_assembly_is_refused()
    {
        var file = Path.Combine(TestTargets.NewFolder(), "x.dll");
        File.WriteAllText(file, "MZ but no more");
        Assert.Contains("not a .NET assembly", Assert.Throws<InputException>(() => TestTargets.NewCache().Instrument([file], TestContext.Current.CancellationToken)).Message);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => TestTargets.NewCache().Instrument([file + "x"], TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Two_assemblies_of_one_name_are_refused()
    {
        var copy = Path.Combine(TestTargets.NewFolder(), "Other.dll");
        File.Copy(TestTargets.Odd, copy);
        Assert.Contains("also called", Assert.Throws<InputException>(() => TestTargets.NewCache().Instrument([TestTargets.Odd, copy], TestContext.Current.CancellationToken)).Message);
    }
}

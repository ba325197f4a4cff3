using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Instrumentation;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// Runs the target method in this process. One thread at a time. For an instance method, one instance serves every run.
/// </summary>
internal sealed unsafe class TargetInvoker : IDisposable
{
    private readonly ArgumentKind _kind;
    private readonly Action<byte[]>? _array;
    private readonly Action<ReadOnlySpan<byte>>? _span;
    private readonly Action<Stream>? _stream;
    private readonly Action<string>? _string;
    private readonly InputStream _input = new();
    private readonly GuardedInput? _guarded;

    private TargetInvoker(MethodInfo method, ArgumentKind kind, object? instance, ShMemGuard guard)
    {
        if (guard != ShMemGuard.None) _guarded = new GuardedInput(guard);
        Method = method;
        _kind = kind;
        switch (kind)
        {
            case ArgumentKind.Array: _array = TargetAdapter.Create<Action<byte[]>>(method, instance); break;
            case ArgumentKind.Span: _span = TargetAdapter.Create<Action<ReadOnlySpan<byte>>>(method, instance); break;
            case ArgumentKind.Stream: _stream = TargetAdapter.Create<Action<Stream>>(method, instance); break;
            default: _string = TargetAdapter.Create<Action<string>>(method, instance); break;
        }
    }

    /// <summary>The method that is run, of the instrumented copy if there is one.</summary>
    public MethodInfo Method { get; }

    /// <summary>Loads the target. <see cref="TraceMap.Attach"/> comes first. Code of the target runs: constructors and initialisers.</summary>
    /// <param name="spec">The target, as <see cref="TargetInspector"/> accepted it.</param>
    /// <param name="set">The instrumented copies of its assemblies.</param>
    /// <exception cref="InputException">The target can't start: a dependency is missing, or a constructor of it throws.</exception>
    public static TargetInvoker Load(TargetSpec spec, InstrumentedSet set)
    {
        if (TraceMap.Length < set.EdgeCount)
            throw new InvalidOperationException($"The attached map has {TraceMap.Length} bytes; the target needs {set.EdgeCount}.");
        try
        {
            var type = new TargetLoadContext(spec.AssemblyPath, set).LoadTarget().GetType(spec.TypeName, throwOnError: true)!;
            var method = type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Single(method => method.Name == spec.MethodName && !method.IsGenericMethodDefinition && KindOf(method) is not null);
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            var instance = method.IsStatic ? null : Activator.CreateInstance(type, nonPublic: true);
            return new TargetInvoker(method, KindOf(method)!.Value, instance, spec.Guard);
        }
        catch (Exception e) when (e is IOException or TypeInitializationException or TargetInvocationException or TypeLoadException or BadImageFormatException or MissingMethodException)
        {
            var cause = e is TypeInitializationException or TargetInvocationException ? e.InnerException ?? e : e;
            var name = $"{spec.TypeName}.{spec.MethodName}";
            throw cause is FileNotFoundException { FileName: { } missing }
                ? new InputException(name, $"it needs {missing}, which is not beside it", "Publish the target, or copy the assembly there.")
                : new InputException(name, $"it cannot start: {cause.GetType().Name}: {cause.Message}", "Make it start without a fuzzer first.");
        }
    }

    /// <summary>
    /// Runs the target once and waits for its task, if it returns one. What it throws comes out as itself. Allocates nothing for a span
    /// or a stream, and one object for an array or a string.
    /// </summary>
    /// <param name="input">Memory that stays where it is until the run is over.</param>
    public void Run(ReadOnlySpan<byte> input)
    {
        switch (_kind)
        {
            case ArgumentKind.Span:
                _span!(_guarded is null ? input : _guarded.Place(input));
                break;
            case ArgumentKind.Array:
                _array!(input.ToArray());
                break;
            case ArgumentKind.String:
                _string!(Encoding.UTF8.GetString(input));
                break;
            default:
                RunStream(input);
                break;
        }
    }

    public void Dispose()
    {
        _input.Dispose();
        _guarded?.Dispose();
    }

    private void RunStream(ReadOnlySpan<byte> input)
    {
        // SAFETY: pinned until the run is over; then the stream lets go of it.
        fixed (byte* bytes = input)
        {
            _input.Open(bytes, input.Length);
            try
            {
                _stream!(_input);
            }
            finally
            {
                _input.Revoke();
            }
        }
    }

    private static ArgumentKind? KindOf(MethodInfo method)
    {
        var parameters = method.GetParameters();
        if (parameters.Length != 1)
            return null;
        var type = parameters[0].ParameterType;
        return type == typeof(byte[]) ? ArgumentKind.Array
            : type == typeof(ReadOnlySpan<byte>) ? ArgumentKind.Span
            : type == typeof(Stream) ? ArgumentKind.Stream
            : type == typeof(string) ? ArgumentKind.String
            : null;
    }
}

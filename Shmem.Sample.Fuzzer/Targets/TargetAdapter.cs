using System.Reflection;
using System.Reflection.Emit;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// Makes a delegate that calls the target, whatever it returns and whoever may see it, and waits for what it returns if that is a
/// task. No reflection takes part in a call, so exceptions come out as they are.
/// </summary>
internal static class TargetAdapter
{
    /// <typeparam name="TDelegate">Returns nothing and takes the input.</typeparam>
    public static TDelegate Create<TDelegate>(MethodInfo method, object? instance)
        where TDelegate : Delegate
    {
        var input = method.GetParameters()[0].ParameterType;
        var adapter = new DynamicMethod("Run", typeof(void), [typeof(object), input], typeof(TargetAdapter).Module, skipVisibility: true);
        var il = adapter.GetILGenerator();
        if (!method.IsStatic)
        {
            var type = method.DeclaringType!;
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(type.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, type);
        }

        il.Emit(OpCodes.Ldarg_1);
        il.Emit(method.IsStatic || method.DeclaringType!.IsValueType ? OpCodes.Call : OpCodes.Callvirt, method);
        if (WaiterFor(method.ReturnType) is { } waiter)
            il.Emit(OpCodes.Call, waiter);
        else if (method.ReturnType != typeof(void))
            il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Ret);
        return adapter.CreateDelegate<TDelegate>(instance);
    }

    private static MethodInfo? WaiterFor(Type result)
    {
        const BindingFlags Own = BindingFlags.Static | BindingFlags.NonPublic;
        if (typeof(Task).IsAssignableFrom(result))
            return typeof(TargetAdapter).GetMethod(nameof(Wait), Own, [typeof(Task)]);
        if (result == typeof(ValueTask))
            return typeof(TargetAdapter).GetMethod(nameof(Wait), Own, [typeof(ValueTask)]);
        return result.IsGenericType && result.GetGenericTypeDefinition() == typeof(ValueTask<>)
            ? typeof(TargetAdapter).GetMethod(nameof(WaitForValue), Own)!.MakeGenericMethod(result.GetGenericArguments())
            : null;
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
            task.GetAwaiter().GetResult();
        else
            task.AsTask().GetAwaiter().GetResult();
    }

    private static void WaitForValue<T>(ValueTask<T> task)
    {
        if (task.IsCompleted)
            task.GetAwaiter().GetResult();
        else
            task.AsTask().GetAwaiter().GetResult();
    }
}

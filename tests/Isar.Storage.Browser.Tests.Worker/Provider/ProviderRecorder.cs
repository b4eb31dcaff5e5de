using System.Reflection;
using System.Reflection.Emit;
using SQLitePCL;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>
/// Stands before the real provider and notes which members were called, and which refused. Its type is made from the interface while it
/// runs, so no member can be missing; <see cref="DispatchProxy"/> cannot do it, because texts and bytes are ref structs.
/// </summary>
public abstract class ProviderRecorder
{
    private const BindingFlags Inherited = BindingFlags.Instance | BindingFlags.Public;

    private readonly string?[] _exercised = new string?[ProviderMember.Methods.Count];
    private readonly string?[] _refused = new string?[ProviderMember.Methods.Count];

    /// <summary>Gets what the tests use as the provider; only for calls that <see cref="raw"/> does not offer.</summary>
    public static ISQLite3Provider Provider => (ISQLite3Provider)Instance;

    /// <summary>Gets the recorder that is installed.</summary>
    public static ProviderRecorder Instance { get; } = Create();

    /// <summary>Gets or sets the case that runs; nothing is noted while there is none.</summary>
    public string? Case { get; set; }

    /// <summary>The real one.</summary>
    public ISQLite3Provider Inner { get; } = new WasmSqliteProvider();

    /// <summary>Has SQLitePCLRaw call the recorder; to be called before anybody else sets a provider.</summary>
    public static void Install()
    {
        raw.SetProvider(Provider);
        raw.FreezeProvider();
    }

    /// <summary>Tells of each member which case had it work, or with which reason it was refused: <c>name TAB what</c>.</summary>
    public IEnumerable<string> Describe() => ProviderMember.Names.Select((name, i) => $"{name}\t{(_exercised[i], _refused[i]) switch
    {
        (null, null) => "no case calls it",
        ({ } test, null) => $"exercised by {test}",
        (null, { } reason) => $"refused: {reason}",
        ({ } test, { } reason) => $"exercised by {test}; where it cannot: {reason}",
    }}");

    /// <summary>Notes that a member returned.</summary>
    public void Exercised(int member) => _exercised[member] ??= Case;

    /// <summary>Notes that a member refused.</summary>
    public void Refused(NotSupportedException error, int member)
    {
        if (Case is not null)
            _refused[member] ??= error.Message;
    }

    private static ProviderRecorder Create()
    {
        ModuleBuilder module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Recorder"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Recorder");
        TypeBuilder type = module.DefineType(
            "Recorder", TypeAttributes.Public | TypeAttributes.Sealed, typeof(ProviderRecorder), [typeof(ISQLite3Provider)]);
        for (int i = 0; i < ProviderMember.Methods.Count; i++)
            Implement(type, ProviderMember.Methods[i], i);
        return (ProviderRecorder)Activator.CreateInstance(type.CreateType())!;
    }

    /// <summary>
    /// <c>try { result = Inner.Method(...); } catch (NotSupportedException e) { Refused(e, i); throw; } Exercised(i); return result;</c>
    /// </summary>
    private static void Implement(TypeBuilder type, MethodInfo method, int number)
    {
        Type[] parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        MethodBuilder implementation = type.DefineMethod(
            method.Name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, method.ReturnType, parameters);
        ILGenerator il = implementation.GetILGenerator();
        LocalBuilder? result = method.ReturnType == typeof(void) ? null : il.DeclareLocal(method.ReturnType);
        il.BeginExceptionBlock();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(ProviderRecorder).GetProperty(nameof(Inner), Inherited)!.GetMethod!);
        for (int i = 1; i <= parameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)i);
        il.Emit(OpCodes.Callvirt, method);
        if (result is not null)
            il.Emit(OpCodes.Stloc, result);
        il.BeginCatchBlock(typeof(NotSupportedException));
        LocalBuilder error = il.DeclareLocal(typeof(NotSupportedException));
        il.Emit(OpCodes.Stloc, error);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, error);
        il.Emit(OpCodes.Ldc_I4, number);
        il.Emit(OpCodes.Call, typeof(ProviderRecorder).GetMethod(nameof(Refused), Inherited)!);
        il.Emit(OpCodes.Rethrow);
        il.EndExceptionBlock();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, number);
        il.Emit(OpCodes.Call, typeof(ProviderRecorder).GetMethod(nameof(Exercised), Inherited)!);
        if (result is not null)
            il.Emit(OpCodes.Ldloc, result);
        il.Emit(OpCodes.Ret);
    }
}

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.JavaScript;
using System.Text;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// The methods that the trampolines of <c>callbacks.ts</c> call. No exception leaves them: that of a user function becomes an SQL error. Any
/// other is kept, SQLite is told to stop where that is possible, and <see cref="ThrowPending"/> throws it once SQLite has returned.
/// </summary>
internal static unsafe partial class ProviderCallbacks
{
    private const int ArgumentAreaSize = 64 * 1024;

    private static readonly byte[] _argumentArea = GC.AllocateUninitializedArray<byte>(ArgumentAreaSize, pinned: true);

    private static ExceptionDispatchInfo? _pending;

    /// <summary>Gets the hooks of the open connections by handle. A handle that is not here any more has no hooks.</summary>
    public static Dictionary<nint, ConnectionHooks> Hooks { get; } = [];

    public static Action<int, nint>? LogHook { get; set; }

    public static bool HasPending => _pending is not null;

    public static void Initialize()
        => ProviderInterop.SetArgumentArea(Marshal.UnsafeAddrOfPinnedArrayElement(_argumentArea, 0), ArgumentAreaSize);

    /// <summary>Throws the exception that a callback threw meanwhile, if there is one.</summary>
    public static void ThrowPending()
    {
        if (_pending is not { } pending)
            return;
        _pending = null;
        pending.Throw();
    }

    [JSExport]
    internal static void Scalar(nint data, nint context, int count, nint cells)
    {
        try
        {
            Target<UserFunction.Scalar>(data).Call(context, Arguments(count, cells));
        }
        catch (Exception exception)
        {
            SetError(context, exception);
        }
    }

    /// <summary>Returns the handle of the aggregate's state, made at the first step.</summary>
    [JSExport]
    internal static nint Step(nint data, nint context, nint state, int count, nint cells)
    {
        try
        {
            var function = Target<UserFunction.Aggregate>(data);
            if (state == 0)
                state = ToHandle(function.CreateContext());
            var kept = Target<UserFunction.Context>(state);
            kept.Attach(context);
            function.Step(kept, Arguments(count, cells));
        }
        catch (Exception exception)
        {
            SetError(context, exception);
        }
        return state;
    }

    [JSExport]
    internal static void Final(nint data, nint context, nint state)
    {
        try
        {
            var function = Target<UserFunction.Aggregate>(data);
            UserFunction.Context kept = state == 0 ? function.CreateContext() : Target<UserFunction.Context>(state);
            kept.Attach(context);
            function.Final(kept);
        }
        catch (Exception exception)
        {
            SetError(context, exception);
        }
        if (state != 0)
            Destroy(state);
    }

    /// <summary>Compares two texts in .NET's memory.</summary>
    [JSExport]
    internal static int Compare(nint data, nint left, int leftLength, nint right, int rightLength)
        => Compare(data, new ReadOnlySpan<byte>((byte*)left, leftLength), new ReadOnlySpan<byte>((byte*)right, rightLength));

    /// <summary>Compares two texts in SQLite's memory.</summary>
    [JSExport]
    internal static int CompareLong(nint data, nint left, int leftLength, nint right, int rightLength)
        => Compare(data, EngineText.CopyBytes(left, leftLength), EngineText.CopyBytes(right, rightLength));

    /// <summary>Frees the handle that SQLite had of an object.</summary>
    [JSExport]
    internal static void Destroy(nint data) => GCHandle.FromIntPtr(data).Free();

    /// <summary>Takes a row of <c>sqlite3_exec</c>.</summary>
    [JSExport]
    internal static int Row(nint data, int count, nint values, nint names)
        => Guard(1, () => Target<Func<int, nint, nint, int>>(data)(count, values, names));

    [JSExport]
    internal static int Commit(nint db) => Guard(1, () => HooksOf(db)?.Commit?.Invoke() ?? 0);

    [JSExport]
    internal static void Rollback(nint db) => Guard(() => HooksOf(db)?.Rollback?.Invoke());

    [JSExport]
    internal static void Update(nint db, int operation, nint schema, nint table, [JSMarshalAs<JSType.BigInt>] long rowId)
        => Guard(() => HooksOf(db)?.Update?.Invoke(operation, schema, table, rowId));

    [JSExport]
    internal static int Progress(nint db) => Guard(1, () => HooksOf(db)?.Progress?.Invoke() ?? 0);

    [JSExport]
    internal static int Authorize(nint db, int action, nint first, nint second, nint schema, nint trigger)
        => Guard(raw.SQLITE_DENY, () => HooksOf(db)?.Authorizer?.Invoke(action, first, second, schema, trigger) ?? raw.SQLITE_OK);

    [JSExport]
    internal static void Trace(nint db, nint sql) => Guard(() => HooksOf(db)?.Trace?.Invoke(sql));

    [JSExport]
    internal static void Profile(nint db, nint sql, [JSMarshalAs<JSType.BigInt>] long nanoseconds)
        => Guard(() => HooksOf(db)?.Profile?.Invoke(sql, nanoseconds));

    [JSExport]
    internal static void Log(int code, nint message) => Guard(() => LogHook?.Invoke(code, message));

    /// <summary>Makes a handle that <see cref="Destroy"/> frees.</summary>
    public static nint ToHandle(object target) => GCHandle.ToIntPtr(GCHandle.Alloc(target));

    private static T Target<T>(nint handle) => (T)GCHandle.FromIntPtr(handle).Target!;

    private static ConnectionHooks? HooksOf(nint db) => Hooks.GetValueOrDefault(db);

    private static sqlite3_value[] Arguments(int count, nint cells)
    {
        var arguments = new sqlite3_value[count];
        for (int i = 0; i < count; i++)
            arguments[i] = new sqlite3_value(cells + i * Cell.Size);
        return arguments;
    }

    private static int Compare(nint data, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        try
        {
            return Target<Collation>(data).Compare(left, right);
        }
        catch (Exception exception)
        {
            Keep(exception);
            return 0;
        }
    }

    private static void SetError(nint context, Exception exception)
    {
        byte[] message = Encoding.UTF8.GetBytes(exception.Message);
        fixed (byte* text = &MemoryMarshal.GetArrayDataReference(message))
            ProviderInterop.ResultError(context, (nint)text, message.Length);
    }

    private static void Guard(Action call)
    {
        try
        {
            call();
        }
        catch (Exception exception)
        {
            Keep(exception);
        }
    }

    private static int Guard(int failed, Func<int> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception)
        {
            Keep(exception);
            return failed;
        }
    }

    /// <summary>Keeps the first exception: those that follow it are its consequences.</summary>
    private static void Keep(Exception exception) => _pending ??= ExceptionDispatchInfo.Capture(exception);
}

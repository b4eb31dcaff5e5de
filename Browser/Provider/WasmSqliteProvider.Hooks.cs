using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The hooks of connections.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    void ISQLite3Provider.sqlite3_commit_hook(sqlite3 db, delegate_commit func, object v)
    {
        HooksOf(db).Commit = func is null ? null : () => func(v);
        ProviderInterop.CommitHook(HandleOf(db), Flag(func));
    }

    void ISQLite3Provider.sqlite3_rollback_hook(sqlite3 db, delegate_rollback func, object v)
    {
        HooksOf(db).Rollback = func is null ? null : () => func(v);
        ProviderInterop.RollbackHook(HandleOf(db), Flag(func));
    }

    void ISQLite3Provider.sqlite3_update_hook(sqlite3 db, delegate_update func, object v)
    {
        HooksOf(db).Update = func is null
            ? null
            : (operation, schema, table, rowId) => func(v, operation, EngineText.Copy(schema), EngineText.Copy(table), rowId);
        ProviderInterop.UpdateHook(HandleOf(db), Flag(func));
    }

    void ISQLite3Provider.sqlite3_progress_handler(sqlite3 db, int instructions, delegate_progress func, object v)
    {
        HooksOf(db).Progress = func is null ? null : () => func(v);
        ProviderInterop.ProgressHandler(HandleOf(db), instructions, Flag(func));
    }

    int ISQLite3Provider.sqlite3_set_authorizer(sqlite3 db, delegate_authorizer authorizer, object user_data)
    {
        HooksOf(db).Authorizer = authorizer is null
            ? null
            : (action, first, second, schema, trigger) => authorizer(
                user_data, action, EngineText.Copy(first), EngineText.Copy(second), EngineText.Copy(schema), EngineText.Copy(trigger));
        return ProviderInterop.SetAuthorizer(HandleOf(db), Flag(authorizer));
    }

    void ISQLite3Provider.sqlite3_trace(sqlite3 db, delegate_trace func, object v)
    {
        HooksOf(db).Trace = func is null ? null : sql => func(v, EngineText.Copy(sql));
        ProviderInterop.TraceV2(HandleOf(db), HooksOf(db).TraceMask);
    }

    void ISQLite3Provider.sqlite3_profile(sqlite3 db, delegate_profile func, object v)
    {
        HooksOf(db).Profile = func is null ? null : (sql, nanoseconds) => func(v, EngineText.Copy(sql), nanoseconds);
        ProviderInterop.TraceV2(HandleOf(db), HooksOf(db).TraceMask);
    }

    private static ConnectionHooks HooksOf(sqlite3 db)
    {
        if (!ProviderCallbacks.Hooks.TryGetValue(HandleOf(db), out ConnectionHooks? hooks))
            ProviderCallbacks.Hooks.Add(HandleOf(db), hooks = new ConnectionHooks());
        return hooks;
    }

    private static int Flag(Delegate? hook) => hook is null ? 0 : 1;
}

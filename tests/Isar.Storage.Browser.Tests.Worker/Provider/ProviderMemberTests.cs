using System.Reflection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>
/// A table of all members that SQLitePCLRaw asks of a provider: what the engine cannot do is refused with a reason, all others are exercised
/// by the tests named. A new version of SQLitePCLRaw with new members fails here first.
/// </summary>
public sealed class ProviderMemberTests
{
    private static readonly Dictionary<Type, string[]> _exercised = new()
    {
        [typeof(ProviderTests)] =
        [
            "sqlite3_open_v2", "sqlite3_close_v2", "sqlite3_prepare_v2", "sqlite3_step", "sqlite3_reset", "sqlite3_finalize",
            "sqlite3_errmsg", "sqlite3_bind_text", "sqlite3_bind_blob", "sqlite3_bind_double", "sqlite3_bind_int64", "sqlite3_bind_null",
            "sqlite3_table_column_metadata", "sqlite3_extended_errcode", "GetNativeLibraryName",
        ],
        [typeof(ProviderFunctionTests)] =
        [
            "sqlite3_create_function", "sqlite3_create_collation", "sqlite3_value_blob", "sqlite3_value_bytes", "sqlite3_value_double",
            "sqlite3_value_int", "sqlite3_value_int64", "sqlite3_value_text", "sqlite3_value_type", "sqlite3_result_blob",
            "sqlite3_result_double", "sqlite3_result_error", "sqlite3_result_error_code", "sqlite3_result_error_nomem",
            "sqlite3_result_error_toobig", "sqlite3_result_int", "sqlite3_result_int64", "sqlite3_result_null", "sqlite3_result_text",
            "sqlite3_result_zeroblob",
        ],
        [typeof(ProviderHookTests)] =
        [
            "sqlite3_commit_hook", "sqlite3_rollback_hook", "sqlite3_update_hook", "sqlite3_progress_handler", "sqlite3_set_authorizer",
            "sqlite3_trace", "sqlite3_profile", "sqlite3_config_log", "sqlite3_log", "sqlite3_interrupt",
        ],
        [typeof(ProviderBlobTests)] =
        [
            "sqlite3_blob_open", "sqlite3_blob_bytes", "sqlite3_blob_reopen", "sqlite3_blob_read", "sqlite3_blob_write",
            "sqlite3_blob_close", "sqlite3_backup_init", "sqlite3_backup_step", "sqlite3_backup_remaining", "sqlite3_backup_pagecount", "sqlite3_backup_finish",
            "sqlite3_serialize", "sqlite3_deserialize",
        ],
        [typeof(ProviderStatementTests)] =
        [
            "sqlite3_exec", "sqlite3_prepare_v3", "sqlite3_sql", "sqlite3_errcode", "sqlite3_bind_int", "sqlite3_bind_text16",
            "sqlite3_bind_zeroblob", "sqlite3_bind_parameter_count", "sqlite3_bind_parameter_index", "sqlite3_bind_parameter_name",
            "sqlite3_clear_bindings", "sqlite3_column_blob", "sqlite3_column_bytes", "sqlite3_column_count",
            "sqlite3_column_database_name", "sqlite3_column_decltype", "sqlite3_column_double", "sqlite3_column_int",
            "sqlite3_column_int64", "sqlite3_column_name", "sqlite3_column_origin_name", "sqlite3_column_table_name",
            "sqlite3_column_text", "sqlite3_column_type", "sqlite3_data_count", "sqlite3_db_handle", "sqlite3_next_stmt",
            "sqlite3_stmt_busy", "sqlite3_stmt_isexplain", "sqlite3_stmt_readonly", "sqlite3_stmt_status",
        ],
        [typeof(ProviderLibraryTests)] =
        [
            "sqlite3_open", "sqlite3_close", "sqlite3_errstr", "sqlite3_busy_timeout", "sqlite3_changes", "sqlite3_total_changes",
            "sqlite3_last_insert_rowid", "sqlite3_get_autocommit", "sqlite3_db_config", "sqlite3_db_filename", "sqlite3_db_readonly",
            "sqlite3_db_status", "sqlite3_extended_result_codes", "sqlite3_limit", "sqlite3_wal_autocheckpoint",
            "sqlite3_wal_checkpoint", "sqlite3_wal_checkpoint_v2", "sqlite3_libversion", "sqlite3_libversion_number",
            "sqlite3_sourceid", "sqlite3_threadsafe", "sqlite3_initialize", "sqlite3_config", "sqlite3_compileoption_get",
            "sqlite3_compileoption_used", "sqlite3_complete", "sqlite3_keyword_count", "sqlite3_keyword_name", "sqlite3_malloc",
            "sqlite3_malloc64", "sqlite3_free", "sqlite3_memory_used", "sqlite3_memory_highwater", "sqlite3_status",
            "sqlite3_soft_heap_limit64", "sqlite3_hard_heap_limit64", "sqlite3_stricmp", "sqlite3_strnicmp", "sqlite3__vfs__delete",
        ],
    };

    // Switching off what is not there is allowed, see ProviderLibraryTests.
    private static readonly Dictionary<string, (string Reason, Action<ISQLite3Provider, sqlite3> Call)> _refused = new()
    {
        ["sqlite3_key"] = ("no encryption", (p, db) => p.sqlite3_key(db, "k"u8)),
        ["sqlite3_key_v2"] = ("no encryption", (p, db) => p.sqlite3_key_v2(db, default, "k"u8)),
        ["sqlite3_rekey"] = ("no encryption", (p, db) => p.sqlite3_rekey(db, "k"u8)),
        ["sqlite3_rekey_v2"] = ("no encryption", (p, db) => p.sqlite3_rekey_v2(db, default, "k"u8)),
        ["sqlite3_enable_load_extension"] = ("cannot load extensions", (p, db) => p.sqlite3_enable_load_extension(db, 1)),
        ["sqlite3_load_extension"] = ("cannot load extensions", (p, db) => p.sqlite3_load_extension(db, default, default, out _)),
        ["sqlite3_enable_shared_cache"] = ("SQLITE_OMIT_SHARED_CACHE", (p, _) => p.sqlite3_enable_shared_cache(1)),
        ["sqlite3_shutdown"] = ("never shut down", (p, _) => p.sqlite3_shutdown()),
        ["sqlite3_win32_set_directory"] = ("only on Windows", (p, _) => p.sqlite3_win32_set_directory(1, default)),
        ["sqlite3_snapshot_get"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_get(db, default, out _)),
        ["sqlite3_snapshot_open"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_open(db, default, null!)),
        ["sqlite3_snapshot_recover"] = ("SQLITE_ENABLE_SNAPSHOT", (p, db) => p.sqlite3_snapshot_recover(db, default)),
        ["sqlite3_snapshot_cmp"] = ("SQLITE_ENABLE_SNAPSHOT", (p, _) => p.sqlite3_snapshot_cmp(null!, null!)),
        ["sqlite3_snapshot_free"] = ("SQLITE_ENABLE_SNAPSHOT", (p, _) => p.sqlite3_snapshot_free(0)),
    };

    [Fact]
    public void Every_member_of_the_interface_is_in_the_table()
    {
        IEnumerable<string> names = typeof(ISQLite3Provider).GetMethods().Select(method => method.Name);
        string[] members = [.. names.Distinct().Order(StringComparer.Ordinal)];
        string[] table = [.. _exercised.Values.SelectMany(exercised => exercised).Concat(_refused.Keys).Order(StringComparer.Ordinal)];
        Assert.Equal(members, table);
    }

    [Fact]
    public void Every_class_of_the_table_has_tests()
        => Assert.All(_exercised.Keys, type => Assert.Contains(type.GetMethods(), m => m.GetCustomAttribute<FactAttribute>() is not null));

    [Fact]
    public void What_is_refused_says_why()
    {
        using var db = new ProviderDatabase();
        ISQLite3Provider provider = new WasmSqliteProvider();
        foreach ((string name, (string reason, Action<ISQLite3Provider, sqlite3> call)) in _refused)
        {
            var error = Assert.Throws<NotSupportedException>(() => call(provider, db.Handle));
            Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), $"{name}: {error.Message}");
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Incremental reading and writing of blobs, through <see cref="SqlBlob"/>.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_blob_open(
        sqlite3 db, utf8z db_utf8, utf8z table_utf8, utf8z col_utf8, long rowid, int flags, out sqlite3_blob blob)
    {
        int code = SqlBlob.Open(
            HandleOf(db), db_utf8.utf8_to_string(), table_utf8.utf8_to_string(), col_utf8.utf8_to_string(), rowid, flags != 0,
            out SqlBlob? opened);
        blob = CreateBlobHandle();
        if (opened is not null)
            Marshal.InitHandle(blob, ProviderCallbacks.ToHandle(opened));
        ProviderCallbacks.ThrowPending();
        return code;
    }

    int ISQLite3Provider.sqlite3_blob_bytes(sqlite3_blob blob) => BlobOf(blob).Length;

    int ISQLite3Provider.sqlite3_blob_reopen(sqlite3_blob blob, long rowid) => BlobOf(blob).Reopen(rowid);

    int ISQLite3Provider.sqlite3_blob_read(sqlite3_blob blob, Span<byte> b, int offset) => BlobOf(blob).Read(b, offset);

    int ISQLite3Provider.sqlite3_blob_write(sqlite3_blob blob, ReadOnlySpan<byte> b, int offset)
    {
        int code = BlobOf(blob).Write(b, offset);
        ProviderCallbacks.ThrowPending();
        return code;
    }

    int ISQLite3Provider.sqlite3_blob_close(IntPtr blob)
    {
        if (blob == 0)
            return raw.SQLITE_OK;
        int code = ((SqlBlob)GCHandle.FromIntPtr(blob).Target!).Close();
        ProviderCallbacks.Destroy(blob);
        return code;
    }

    private static SqlBlob BlobOf(sqlite3_blob blob) => (SqlBlob)GCHandle.FromIntPtr(HandleOf(blob)).Target!;

    // The constructor is not public: SQLitePCLRaw lets only its own P/Invokes make a blob.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern sqlite3_blob CreateBlobHandle();
}

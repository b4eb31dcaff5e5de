using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A statement that does the work of a function that SQLite's module does not export.</summary>
internal sealed unsafe class InnerStatement : IDisposable
{
    private nint _handle;

    /// <summary>Compiles a statement; whether that worked is in <see cref="Code"/>.</summary>
    public InnerStatement(nint db, string sql)
    {
        int* results = stackalloc int[3];
        fixed (byte* text = utf8z.FromString(sql))
            Code = ProviderInterop.Prepare(db, (nint)text, -1, 0, (nint)results);
        _handle = results[0];
    }

    /// <summary>Gets the result code of compiling.</summary>
    public int Code { get; }

    public static string Quote(string identifier) => $"`{identifier.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>Runs a statement that cannot fail and gives its first number.</summary>
    public static long QueryInt64(nint db, string sql)
    {
        using var statement = new InnerStatement(db, sql);
        return statement.Step() == raw.SQLITE_ROW
            ? statement.GetInt64(0)
            : throw new InvalidOperationException($"\"{sql}\" gave no result.");
    }

    public void Bind(int index, long value) => ProviderInterop.BindInt64(_handle, index, value);

    public void Bind(int index, string? value)
    {
        fixed (byte* text = utf8z.FromString(value))
            ProviderInterop.BindText(_handle, index, (nint)text, -1);
    }

    public int Bind(int index, ReadOnlySpan<byte> value)
    {
        fixed (byte* data = value)
            return ProviderInterop.BindBlob(_handle, index, (nint)data, value.Length);
    }

    public int Step() => ProviderInterop.Step(_handle, 0, 0);

    public int Reset() => ProviderInterop.Reset(_handle);

    /// <summary>Gets SQLite's value of a column; it lives as long as the row.</summary>
    public nint GetValue(int column) => ProviderInterop.ColumnValue(_handle, column);

    public long GetInt64(int column) => ProviderInterop.ValueInt64(GetValue(column));

    /// <summary>Finalizes the statement and returns SQLite's result code.</summary>
    public int Close()
    {
        nint handle = _handle;
        _handle = 0;
        return ProviderInterop.Finalize(handle);
    }

    public void Dispose() => Close();
}

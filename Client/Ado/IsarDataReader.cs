using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Isar.Storage.Client;
using Isar.Storage.Protocol;

namespace Isar.Storage;

/// <summary>
/// What an <see cref="IsarCommand"/> returned. All rows are there when the command has been executed, so nothing here waits for the worker. The
/// asynchronous members let other tasks of the page run where there are many rows, and the connection can be used while a reader is open.
/// </summary>
public sealed partial class IsarDataReader : DbDataReader
{
    /// <summary>How many bytes of rows are read before the page's other tasks run. An interpreter needs some milliseconds for them.</summary>
    private const int PartBytes = 32 * 1024;

    private readonly byte[] _results;
    private readonly IWorker _worker;
    private readonly IsarConnection? _connectionToClose;
    private readonly List<Type?> _seenTypes = [];
    private RowBatch? _batch;
    private int _next;
    private int _partEnd = PartBytes;
    private bool _closed;

    /// <param name="result">What the worker answered.</param>
    /// <param name="connectionToClose">The connection that is closed with the reader, if any.</param>
    internal IsarDataReader(RunResult result, IsarConnection? connectionToClose)
    {
        _results = result.Bytes;
        _worker = result.Worker;
        _connectionToClose = connectionToClose;
        RecordsAffected = (int)Math.Min(result.Changes, int.MaxValue);
        MoveToNextResult();
    }

    /// <summary>Gets 0: results are not nested.</summary>
    public override int Depth => 0;

    /// <summary>Gets the number of columns of the current result, 0 when there is none.</summary>
    public override int FieldCount => Open()._batch?.Names.Count ?? 0;

    /// <inheritdoc/>
    public override bool HasRows => Open()._batch?.HasRows ?? false;

    /// <inheritdoc/>
    public override bool IsClosed => _closed;

    /// <summary>
    /// Gets how many rows all statements of the command inserted, updated and deleted, without those changed by triggers; -1 when none of
    /// them could change anything.
    /// </summary>
    public override int RecordsAffected { get; }

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override bool Read()
    {
        if (Open()._batch is not { } batch || !batch.MoveNext())
            return false;
        for (int i = 0; i < _seenTypes.Count; i++)
            _seenTypes[i] = TypeOf(batch.TagOf(i)) ?? _seenTypes[i];
        return true;
    }

    /// <summary>
    /// Goes on to the next row. Where there are many, the page's other tasks run from time to time; <see cref="Read"/> lets none run.
    /// </summary>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        _batch?.Position >= _partEnd ? ReadLaterAsync(cancellationToken) : Completed(Read, cancellationToken);

    /// <summary>Goes on to the result of the next statement that returns columns.</summary>
    public override bool NextResult()
    {
        if (Open()._batch is { } batch)
            _next = batch.Skip();
        return MoveToNextResult();
    }

    /// <inheritdoc cref="NextResult"/>
    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken))
        {
        }
        return NextResult();
    }

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Columns(ordinal).Names[ordinal];

    /// <summary>Gets the index of a column: of this name, or else of one that differs only in upper and lower case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column.</exception>
    public override int GetOrdinal(string name)
    {
        IReadOnlyList<string> names = (Open()._batch ?? throw NoResult()).Names;
        foreach (StringComparison comparison in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            for (int i = 0; i < names.Count; i++)
            {
                if (names[i].Equals(name, comparison))
                    return i;
            }
        }
        throw new ArgumentOutOfRangeException(nameof(name), name, "The result has no column of this name.");
    }

    /// <summary>
    /// Gets the type that the table declares for a column, without the part in parentheses. For a computed column it is the type of the current
    /// value, such as <c>INTEGER</c>.
    /// </summary>
    public override string GetDataTypeName(int ordinal)
    {
        RowBatch batch = Columns(ordinal);
        if (batch.DeclaredTypes[ordinal] is { Length: > 0 } declared)
            return declared.Split('(')[0];
        return !batch.HasTags ? "BLOB" : batch.TagOf(ordinal) switch
        {
            Tag.Int32 or Tag.Int64 => "INTEGER",
            Tag.Float64 => "REAL",
            Tag.Text => "TEXT",
            _ => "BLOB",
        };
    }

    /// <summary>
    /// Gets the type that <see cref="GetValue"/> returns on the current row or, before the first row, on that one. For NULL and after the last
    /// row it is the type of the column's last value that was not NULL, or else one that fits the type that the table declares.
    /// </summary>
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields)]
    public override Type GetFieldType(int ordinal)
    {
        RowBatch batch = Columns(ordinal);
        Type? type = (batch.HasTags ? TypeOf(batch.TagOf(ordinal)) : null) ?? _seenTypes[ordinal];
        return type switch
        {
            null => DeclaredType.ToClrType(batch.DeclaredTypes[ordinal]),
            _ when type == typeof(long) => typeof(long),
            _ when type == typeof(double) => typeof(double),
            _ when type == typeof(string) => typeof(string),
            _ => typeof(byte[]),
        };
    }

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <summary>
    /// Describes the columns of the current result, one row for each: what the result itself tells. The columns about the table behind it
    /// are missing, because SQLite tells them only when it is asked about that table.
    /// </summary>
    [UnconditionalSuppressMessage("Trimming", "IL2111", Justification = "Of the type Type, which a column only holds, nothing is called.")]
    public override DataTable? GetSchemaTable()
    {
        if (Open()._batch is not { } batch)
            return null;
        var table = new DataTable("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        DataColumnCollection columns = table.Columns;
        columns.Add(SchemaTableColumn.ColumnName, typeof(string));
        columns.Add(SchemaTableColumn.ColumnOrdinal, typeof(int));
        columns.Add(SchemaTableColumn.ColumnSize, typeof(int));
        columns.Add(SchemaTableColumn.DataType, typeof(Type));
        columns.Add("DataTypeName", typeof(string));
        columns.Add(SchemaTableColumn.AllowDBNull, typeof(bool));
        columns.Add(SchemaTableOptionalColumn.IsReadOnly, typeof(bool));
        for (int i = 0; i < batch.Names.Count; i++)
            table.Rows.Add(batch.Names[i], i, -1, GetFieldType(i), GetDataTypeName(i), DBNull.Value, true);
        return table;
    }

    /// <inheritdoc/>
    public override Task<DataTable?> GetSchemaTableAsync(CancellationToken cancellationToken = default) =>
        Completed(GetSchemaTable, cancellationToken);

    /// <summary>
    /// Closes the reader. With <see cref="CommandBehavior.CloseConnection"/> it closes the connection as <see cref="IsarConnection.Close"/> does.
    /// </summary>
    public override void Close()
    {
        if (_closed)
            return;
        _closed = true;
        _batch = null;
        _connectionToClose?.Close();
    }

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        if (_closed)
            return;
        _closed = true;
        _batch = null;
        if (_connectionToClose is not null)
            await _connectionToClose.CloseAsync();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
    }

    private async Task<bool> ReadLaterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _worker.LetOthersRunAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _partEnd = (_batch?.Position ?? 0) + PartBytes;
        return Read();
    }

    private static Task<T> Completed<T>(Func<T> action, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        try
        {
            return Task.FromResult(action());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    private static Type? TypeOf(Tag tag) => tag switch
    {
        Tag.Null => null,
        Tag.Int32 or Tag.Int64 => typeof(long),
        Tag.Float64 => typeof(double),
        Tag.Text => typeof(string),
        _ => typeof(byte[]),
    };

    private bool MoveToNextResult()
    {
        _batch = _next < _results.Length ? new RowBatch(_results, _next) : null;
        _seenTypes.Clear();
        _seenTypes.AddRange(Enumerable.Repeat<Type?>(null, _batch?.Names.Count ?? 0));
        return _batch is not null;
    }

    private IsarDataReader Open() => !_closed ? this : throw new InvalidOperationException("The reader is closed.");

    private RowBatch Columns(int ordinal)
    {
        RowBatch batch = Open()._batch ?? throw NoResult();
        return ordinal >= 0 && ordinal < batch.Names.Count
            ? batch
            : throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, $"The result has {batch.Names.Count} columns.");
    }

    private RowBatch Row(int ordinal)
    {
        RowBatch batch = Columns(ordinal);
        return batch.OnRow ? batch : throw new InvalidOperationException("The reader is not on a row: call ReadAsync first, and check its result.");
    }

    private static InvalidOperationException NoResult() => new("The command returned no columns, or the reader is past its last result.");
}

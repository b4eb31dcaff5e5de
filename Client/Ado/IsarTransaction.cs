using System.Data;
using System.Data.Common;
using Isar.Storage.Client;

namespace Isar.Storage;

/// <summary>
/// A transaction; <see cref="IsarConnection.BeginTransactionAsync(CancellationToken)"/> gives it. While it goes on, calls of the page's other
/// connections to this database wait, for as long as their timeouts say. Disposing it rolls back what was not committed.
/// </summary>
public sealed class IsarTransaction : DbTransaction
{
    private readonly WorkerDatabase _database;
    private IsarConnection? _connection;
    private bool _begun;

    private IsarTransaction(IsarConnection connection)
    {
        _connection = connection;
        _database = connection.Current;
    }

    /// <summary>Gets <see cref="IsolationLevel.Serializable"/>, which all of SQLite's transactions are.</summary>
    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    /// <summary>Gets <see langword="true"/>: parts of it can be rolled back alone.</summary>
    public override bool SupportsSavepoints => true;

    /// <summary>Gets the connection, or <see langword="null"/> once the transaction has ended.</summary>
    protected override DbConnection? DbConnection => _connection;

    internal static async Task<IsarTransaction> BeginAsync(IsarConnection connection, bool deferred, CancellationToken cancellationToken)
    {
        if (connection.Transaction is not null)
            throw new InvalidOperationException("The connection has a transaction, and SQLite's do not nest: end it first, or use a savepoint.");
        cancellationToken.ThrowIfCancellationRequested();
        var transaction = new IsarTransaction(connection);
        connection.Transaction = transaction;
        try
        {
            await transaction._database.BeginAsync(deferred, TimeSpan.FromSeconds(connection.DefaultTimeout), cancellationToken);
            transaction._begun = true;
        }
        catch
        {
            transaction.End();
            throw;
        }
        return transaction;
    }

    /// <summary>Commits, and completes once that is stored as durably as the report says.</summary>
    /// <param name="cancellationToken">Checked before the commit begins; then it cannot be cancelled.</param>
    /// <exception cref="IsarException">It failed; roll back.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        await _database.CommitAsync();
        End();
    }

    /// <summary>Rolls back.</summary>
    /// <param name="cancellationToken">Checked before the rollback begins.</param>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public override async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        cancellationToken.ThrowIfCancellationRequested();
        End();
        await _database.RollbackAsync();
    }

    /// <summary>Sets a savepoint, to which the transaction can be rolled back.</summary>
    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("SAVEPOINT", savepointName, cancellationToken);

    /// <summary>Rolls back what was done since a savepoint.</summary>
    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("ROLLBACK TO SAVEPOINT", savepointName, cancellationToken);

    /// <summary>Forgets a savepoint and keeps what was done since.</summary>
    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        RunAsync("RELEASE SAVEPOINT", savepointName, cancellationToken);

    /// <summary>Throws: use <see cref="CommitAsync"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Commit() => throw Unsupported(nameof(Commit));

    /// <summary>Throws: use <see cref="RollbackAsync(CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Rollback() => throw Unsupported(nameof(Rollback));

    /// <summary>Throws: use <see cref="SaveAsync"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Save(string savepointName) => throw Unsupported(nameof(Save));

    /// <summary>Throws: use <see cref="RollbackAsync(string, CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Rollback(string savepointName) => throw Unsupported(nameof(Rollback));

    /// <summary>Throws: use <see cref="ReleaseAsync"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Release(string savepointName) => throw Unsupported(nameof(Release));

    /// <summary>Rolls back what was not committed.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null && _begun)
        {
            End();
            await _database.RollbackAsync();
        }
        await base.DisposeAsync();
    }

    /// <summary>
    /// Rolls back what was not committed, and does not wait for it. The connection's next call waits for the rollback, and gets its error.
    /// </summary>
    /// <param name="disposing">Whether it is disposed, and not collected.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is not null && _begun)
        {
            End();
            _ = _database.RollbackAsync();
        }
        base.Dispose(disposing);
    }

    /// <summary>Ends it for the page: the connection is being closed, which rolls it back.</summary>
    internal void Abandon() => End();

    internal Task<RunResult> RunAsync(string sql, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        return _database.RunInTransactionAsync(sql, parameters, cancellationToken);
    }

    private async Task RunAsync(string statement, string savepointName, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(savepointName);
        cancellationToken.ThrowIfCancellationRequested();
        string name = savepointName.Replace("\"", "\"\"", StringComparison.Ordinal);
        await RunAsync($"{statement} \"{name}\"", new byte[sizeof(int)], cancellationToken);
    }

    private void End()
    {
        _connection?.Transaction = null;
        _connection = null;
    }

    private void ThrowIfEnded()
    {
        if (_connection is null || !_begun)
            throw new InvalidOperationException("The transaction has ended, or has not begun yet.");
    }

    private static NotSupportedException Unsupported(string member) => Synchronous.Unsupported($"IsarTransaction.{member}", member + "Async");
}

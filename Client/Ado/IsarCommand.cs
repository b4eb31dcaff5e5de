using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Isar.Storage.Client;

namespace Isar.Storage;

/// <summary>
/// SQL with its parameters: any number of statements, each of which takes the parameters that it names. Parameters by position are for one
/// statement. Several statements are not one transaction: when one fails, those before it have been done.
/// </summary>
public sealed class IsarCommand : DbCommand
{
    private readonly IsarParameterCollection _parameters = new();
    private CancellationTokenSource? _running;
    private int _timeout = 30;

    /// <summary>Makes a command; set its <see cref="Connection"/> before it is executed.</summary>
    public IsarCommand()
    {
    }

    /// <summary>Makes a command.</summary>
    public IsarCommand(string? commandText, IsarConnection? connection = null)
    {
        CommandText = commandText;
        Connection = connection;
        Transaction = connection?.Transaction;
        CommandTimeout = connection?.DefaultTimeout ?? _timeout;
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText { get => field; set => field = value ?? ""; } = "";

    /// <summary>
    /// Gets or sets how long executing it waits for transactions of other connections of this page, in seconds. Once it runs, only a token
    /// ends it.
    /// </summary>
    /// <value>From 0, which means for ever. The default value is that of the connection.</value>
    public override int CommandTimeout
    {
        get => _timeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    /// <summary>Gets or sets the type, which can only be <see cref="CommandType.Text"/>.</summary>
    /// <exception cref="ArgumentException">Another type: SQLite has no stored procedures.</exception>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
                throw new ArgumentException($"SQLite has no commands of the type {value}, only {CommandType.Text}.", nameof(value));
        }
    }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <summary>Gets or sets the connection.</summary>
    public new IsarConnection? Connection { get; set; }

    /// <summary>Gets or sets the transaction: the connection's, while it has one.</summary>
    public new IsarTransaction? Transaction { get; set; }

    /// <summary>Gets the parameters.</summary>
    public new IsarParameterCollection Parameters => _parameters;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (IsarConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (IsarTransaction?)value;
    }

    /// <summary>Asks the worker to end this command, if it is running, and does not wait for that.</summary>
    public override void Cancel() => _running?.Cancel();

    /// <summary>Makes a parameter, which is not added yet.</summary>
    public new IsarParameter CreateParameter() => new();

    /// <summary>Runs the statements and drops their rows.</summary>
    /// <returns>How many rows they changed, as <see cref="IsarDataReader.RecordsAffected"/>, once they are as durable as the report says.</returns>
    /// <exception cref="IsarException">SQLite or the storage refuses it, or the worker died meanwhile.</exception>
    /// <exception cref="InvalidOperationException">
    /// The command has no text, no open connection or not the connection's transaction, or a parameter cannot be stored.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled; only statements that had completed before are done. A command that completes first is not affected.
    /// </exception>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        RunResult result = await RunAsync(cancellationToken);
        return (int)Math.Min(result.Changes, int.MaxValue);
    }

    /// <summary>Runs the statements and returns the first value of the first row of the first result.</summary>
    /// <returns>A value as <see cref="IsarDataReader.GetValue"/> gives it, or <see langword="null"/> when there is no row.</returns>
    /// <inheritdoc cref="ExecuteNonQueryAsync"/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        IsarDataReader reader = await ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        await using (reader)
            return reader.Read() ? reader.GetValue(0) : null;
    }

    /// <summary>Runs the statements and returns their rows, all of which are in memory then.</summary>
    /// <inheritdoc cref="ExecuteNonQueryAsync"/>
    public new Task<IsarDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    /// <inheritdoc cref="ExecuteReaderAsync(CancellationToken)"/>
    /// <param name="behavior">Anything but <see cref="CommandBehavior.SchemaOnly"/> and <see cref="CommandBehavior.KeyInfo"/>.</param>
    /// <param name="cancellationToken">Asks the worker to end it.</param>
    public new async Task<IsarDataReader> ExecuteReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken = default)
    {
        if ((behavior & (CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo)) != 0)
            throw new ArgumentException($"A statement cannot be executed with {behavior}.", nameof(behavior));
        IsarConnection? closing = behavior.HasFlag(CommandBehavior.CloseConnection) ? Connection : null;
        RunResult result = await RunAsync(cancellationToken);
        return new IsarDataReader(result, closing);
    }

    /// <summary>Checks that the command could be executed. The worker compiles a statement when it first runs it, and keeps it.</summary>
    /// <exception cref="InvalidOperationException">The command has no text, no open connection or not the connection's transaction.</exception>
    public override void Prepare() => Check();

    /// <summary>Throws: use <see cref="ExecuteNonQueryAsync"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int ExecuteNonQuery() => throw Unsupported(nameof(ExecuteNonQuery));

    /// <summary>Throws: use <see cref="ExecuteScalarAsync"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override object? ExecuteScalar() => throw Unsupported(nameof(ExecuteScalar));

    /// <summary>Throws: use <see cref="ExecuteReaderAsync(CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw Unsupported("ExecuteReader");

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken);

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => CreateParameter();

    private async Task<RunResult> RunAsync(CancellationToken cancellationToken)
    {
        IsarConnection connection = Check();
        cancellationToken.ThrowIfCancellationRequested();
        ReadOnlyMemory<byte> parameters = ParameterWriter.Write(_parameters);
        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = running;
        try
        {
            return Transaction is { } transaction
                ? await transaction.RunAsync(CommandText, parameters, running.Token)
                : await connection.Current.RunAsync(CommandText, parameters, TimeSpan.FromSeconds(_timeout), running.Token);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        finally
        {
            if (_running == running)
                _running = null;
        }
    }

    private IsarConnection Check()
    {
        IsarConnection connection = Connection ?? throw new InvalidOperationException("The command has no connection.");
        _ = connection.Current;
        if (CommandText.Length == 0)
            throw new InvalidOperationException("The command has no text.");
        if (Transaction != connection.Transaction)
        {
            throw new InvalidOperationException(Transaction is null
                ? "The connection has a transaction: set the command's Transaction to it."
                : "The command's transaction has ended, or is that of another connection.");
        }
        return connection;
    }

    private static NotSupportedException Unsupported(string member) => Synchronous.Unsupported($"IsarCommand.{member}", member + "Async");
}

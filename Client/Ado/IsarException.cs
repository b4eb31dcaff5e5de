using System.Data.Common;

namespace Isar.Storage;

/// <summary>An error that the worker, the storage below it or SQLite reports.</summary>
public sealed class IsarException : DbException
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Misuse = 21;

    internal IsarException(IsarErrorKind kind, int code, int extendedCode, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        SqliteErrorCode = code;
        SqliteExtendedErrorCode = extendedCode;
    }

    /// <summary>Gets what sort of error it is.</summary>
    public IsarErrorKind Kind { get; }

    /// <summary>
    /// Gets SQLite's <see href="https://sqlite.org/rescode.html">primary result code</see>, such as 5 (busy), 13 (full) or 19
    /// (constraint), no matter whether SQLite or the storage below it found the error; 0 when no code corresponds.
    /// </summary>
    public int SqliteErrorCode { get; }

    /// <summary>
    /// Gets SQLite's extended result code, such as 2067 (unique constraint); equal to <see cref="SqliteErrorCode"/> when there is none.
    /// </summary>
    public int SqliteExtendedErrorCode { get; }

    /// <summary>
    /// Gets whether the same can succeed later: another connection or tab holds the database, or the transaction was rolled back because the page
    /// was left.
    /// </summary>
    public override bool IsTransient => Kind == IsarErrorKind.Busy || SqliteErrorCode is Busy or Locked;

    internal static IsarException OfUsage(string message, Exception? innerException = null) =>
        new(IsarErrorKind.Usage, Misuse, Misuse, message, innerException);

    internal static IsarException OfClosed(string message) => new(IsarErrorKind.Closed, Misuse, Misuse, message);

    internal static IsarException OfWorker(string message, Exception? innerException = null) =>
        new(IsarErrorKind.Worker, 0, 0, message, innerException);

    internal static IsarException OfProtocol(string message) => new(IsarErrorKind.Protocol, 0, 0, message);
}

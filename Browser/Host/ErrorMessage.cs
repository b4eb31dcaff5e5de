using Isar.Storage.Protocol;
using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Isar.Storage.Browser;

/// <summary>An error as the page gets it. The kinds are those of <c>protocol.ts</c>.</summary>
internal readonly record struct ErrorMessage(string Kind, int Code, int ExtendedCode, string Message)
{
    public const string Internal = "internal";

    /// <summary>SQLite's code for an interrupted statement.</summary>
    private const int Interrupt = 9;

    /// <summary>Gets the answer to a request that the page has cancelled.</summary>
    public static ErrorMessage Cancelled { get; } = new("cancelled", Interrupt, Interrupt, "The page cancelled the request.");

    /// <summary>Gets the answer to a call that was wrong and did nothing.</summary>
    public static ErrorMessage OfUsage(string message) => new("usage", SqliteCode.Misuse, SqliteCode.Misuse, message);

    /// <summary>Gets the answer to a call whose handler threw: the exception, and those that caused it.</summary>
    public static ErrorMessage OfHandler(Exception exception) => new("handler", 0, 0, Describe(exception));

    public static ErrorMessage Of(Exception exception) => exception switch
    {
        RequestException e => e.Error,
        SqliteException { SqliteErrorCode: SqliteCode.Misuse } e => new("usage", e.SqliteErrorCode, e.SqliteExtendedErrorCode, e.Message),
        SqliteException e => new("sqlite", e.SqliteErrorCode, e.SqliteExtendedErrorCode, e.Message),
        StorageException e => Of(e),
        OptionsValidationException e => OfUsage(string.Join(" ", e.Failures.Select(OfOption))),
        ObjectDisposedException e => new("closed", SqliteCode.Misuse, SqliteCode.Misuse, e.Message),
        _ => new(Internal, 0, 0, $"{exception.GetType()}: {exception.Message}"),
    };

    /// <summary>Names an option of <c>Property OpenTimeout: It is ...</c> as the page does.</summary>
    private static string OfOption(string failure)
    {
        const string Property = "Property ";
        return failure.StartsWith(Property, StringComparison.Ordinal)
            ? $"The option {char.ToLowerInvariant(failure[Property.Length])}{failure[(Property.Length + 1)..]}"
            : failure;
    }

    private static string Describe(Exception exception) => exception.InnerException is { } cause
        ? $"{exception.GetType()}: {exception.Message} ---> {Describe(cause)}"
        : $"{exception.GetType()}: {exception.Message}";

    private static ErrorMessage Of(StorageException exception)
    {
        string kind = WireName.Of(exception.Kind);
        int code = exception.Kind switch
        {
            StorageErrorKind.NotFound or StorageErrorKind.Unavailable => SqliteCode.CantOpen,
            StorageErrorKind.Busy => SqliteCode.Busy,
            StorageErrorKind.Full => SqliteCode.Full,
            StorageErrorKind.ReadOnly => SqliteCode.ReadOnly,
            StorageErrorKind.PermissionDenied => SqliteCode.Permission,
            StorageErrorKind.NotAFile => SqliteCode.CantOpenIsDirectory,
            StorageErrorKind.Corrupt => SqliteCode.Corrupt,
            StorageErrorKind.PathInvalid => SqliteCode.CantOpenFullPath,
            _ => SqliteCode.IoError,
        };
        return exception.InnerException is SqliteException e
            ? new(kind, e.SqliteErrorCode, e.SqliteExtendedErrorCode, exception.Message)
            : new(kind, SqliteCode.Primary(code), code, exception.Message);
    }
}

namespace Isar.Storage.Client;

/// <summary>What values are called in <c>protocol.ts</c>.</summary>
internal static class WireNames
{
    public static IsarErrorKind ToErrorKind(string name) => name switch
    {
        "sqlite" => IsarErrorKind.Sqlite,
        "io" => IsarErrorKind.Io,
        "notFound" => IsarErrorKind.NotFound,
        "busy" => IsarErrorKind.Busy,
        "full" => IsarErrorKind.Full,
        "readOnly" => IsarErrorKind.ReadOnly,
        "permissionDenied" => IsarErrorKind.PermissionDenied,
        "notAFile" => IsarErrorKind.NotAFile,
        "corrupt" => IsarErrorKind.Corrupt,
        "unavailable" => IsarErrorKind.Unavailable,
        "pathInvalid" => IsarErrorKind.PathInvalid,
        "usage" => IsarErrorKind.Usage,
        "handler" => IsarErrorKind.Handler,
        "closed" => IsarErrorKind.Closed,
        "cancelled" => IsarErrorKind.Cancelled,
        "worker" => IsarErrorKind.Worker,
        "version" => IsarErrorKind.Version,
        "protocol" => IsarErrorKind.Protocol,
        "internal" => IsarErrorKind.Internal,
        _ => throw Unknown(name),
    };

    public static StorageStage ToStage(string name) => name switch
    {
        "loading" => StorageStage.Loading,
        "copying" => StorageStage.Copying,
        "verifying" => StorageStage.Verifying,
        "clearingUp" => StorageStage.ClearingUp,
        "exporting" => StorageStage.Exporting,
        "importing" => StorageStage.Importing,
        "replacing" => StorageStage.Replacing,
        _ => throw Unknown(name),
    };

    public static FlushGuarantee ToDurability(string name) => name switch
    {
        "none" => FlushGuarantee.None,
        "relaxed" => FlushGuarantee.Relaxed,
        "full" => FlushGuarantee.Full,
        _ => throw Unknown(name),
    };

    public static StorageSharing ToSharing(string name) => name switch
    {
        "oneConnection" => StorageSharing.OneConnection,
        "oneProcess" => StorageSharing.OneProcess,
        "manyProcesses" => StorageSharing.ManyProcesses,
        _ => throw Unknown(name),
    };

    private static IsarException Unknown(string name) => IsarException.OfProtocol($"The worker said \"{name}\", which this client does not know.");
}

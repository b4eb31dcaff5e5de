using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>The one place that classifies what the browser throws, by the name of its DOMException.</summary>
internal static class OpfsErrors
{
    /// <summary>Makes a failure of an operation on a file, with the browser's error inside.</summary>
    public static StorageException Of(JSException failure, string file) => NameOf(failure) switch
    {
        "NoModificationAllowedError" => new(StorageErrorKind.Busy,
            $"\"{file}\" is open in another tab or in a page that is just being closed.", failure),
        "QuotaExceededError" => new(StorageErrorKind.Full, $"The browser's quota leaves no space for \"{file}\".", failure),
        "NotFoundError" => new(StorageErrorKind.NotFound, $"\"{file}\" does not exist.", failure),
        "TypeMismatchError" => new(StorageErrorKind.NotAFile, $"\"{file}\" is a directory, not a file.", failure),
        "InvalidModificationError" => new(StorageErrorKind.NotAFile, $"\"{file}\" is a directory that is not empty.", failure),
        _ => new(StorageErrorKind.Io, $"The browser failed on \"{file}\": {failure.Message}", failure),
    };

    /// <summary>Makes the failure for an OPFS that cannot be used at all.</summary>
    public static StorageException Unavailable(JSException failure) => NameOf(failure) switch
    {
        "QuotaExceededError" => Of(failure, "the storage directory"),
        "TypeMismatchError" => new(StorageErrorKind.NotAFile, "The storage directory, or one above it, is a file.", failure),
        _ => new(StorageErrorKind.Unavailable,
            "The origin private file system cannot be used here: it needs a dedicated worker, a secure context and a window that is not private. "
            + $"The browser says: {failure.Message}", failure),
    };

    private static string NameOf(JSException failure)
    {
        string message = failure.Message;
        int end = message.IndexOf(':', StringComparison.Ordinal);
        return end < 0 ? message : message[..end].Trim();
    }
}

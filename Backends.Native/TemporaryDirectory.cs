namespace Isar.Storage.Backends.Native;

/// <summary>
/// The directory of temporary files, by the rules of SQLite's own VFSes
/// (<see href="https://sqlite.org/tempfiles.html#temporary_file_storage_locations">Temporary File Storage Locations</see>).
/// </summary>
internal static class TemporaryDirectory
{
    /// <summary>Gets a name in it that no file has.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PermissionDenied"/>: there is none that this user may write.</exception>
    public static string NewPath()
    {
        string directory = OperatingSystem.IsWindows() ? Path.GetTempPath() : Candidates().FirstOrDefault(IsUsable)
            ?? throw new StorageException(StorageErrorKind.PermissionDenied,
                $"There is no directory for SQLite's temporary files: none of {string.Join(", ", Candidates())} is one that this user may write. "
                + "Set the environment variable SQLITE_TMPDIR.");
        return Path.Combine(directory, $"isar-sqlite-{Guid.NewGuid():N}");
    }

    private static IEnumerable<string> Candidates() => ((string?[])
    [
        Environment.GetEnvironmentVariable("SQLITE_TMPDIR"),
        Environment.GetEnvironmentVariable("TMPDIR"),
        "/var/tmp",
        "/usr/tmp",
        "/tmp",
        ".",
    ]).Where(static directory => !string.IsNullOrEmpty(directory)).Select(static directory => directory!);

    private static bool IsUsable(string directory) => Directory.Exists(directory) && Libc.MayWrite(directory);
}

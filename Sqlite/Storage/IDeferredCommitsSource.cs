namespace Isar.Storage.Sqlite;

/// <summary>A storage that tells what to await before SQL runs. For the worker host, which asks once for each connection that it opens.</summary>
internal interface IDeferredCommitsSource
{
    /// <summary>Gets the way to wait of the backend that an open database lives in, or <see langword="null"/> where there is nothing to wait for.</summary>
    IDeferredCommits? GetDeferredCommits(string database);
}

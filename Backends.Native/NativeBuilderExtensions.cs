using Isar.Storage.Backends.Native;

namespace Isar.Storage;

/// <summary>Adds the native backend to the builder.</summary>
public static class NativeBuilderExtensions
{
    /// <summary>
    /// Adds a backend that keeps its files in a directory of the operating system: <see cref="IsarStorageOptions.Directory"/>, made with
    /// its parents if it is missing. Not for a browser, where such files would be gone with the page; there it fails with
    /// <see cref="StorageErrorKind.Unavailable"/>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// What SQLite flushes survives a power loss as far as the device obeys: it is flushed with <c>fsync</c>, on macOS with
    /// <c>F_FULLFSYNC</c>, on Windows with <c>FlushFileBuffers</c>, and so is the directory of a new file. With <c>journal_mode=DELETE</c>
    /// the deletion of the journal is the commit, and SQLite flushes that only with <c>synchronous=EXTRA</c>
    /// (<see href="https://sqlite.org/pragma.html#pragma_synchronous">PRAGMA synchronous</see>); otherwise <c>FlushAsync</c> does.
    /// </para>
    /// <para>
    /// <c>journal_mode=WAL</c> is offered, and shared with every process that uses SQLite's own VFS. There a commit is flushed once, with
    /// <c>synchronous=FULL</c> already. It is not offered for a database that is a link to a file with another name: others would look for its log
    /// elsewhere.
    /// </para>
    /// <para>
    /// Symbolic links are followed, also to places outside the directory, but not in the place of a journal. Do not use a database through a
    /// link to its file from several programs when the file itself lies outside: the journal stands beside the name, not beside the file, and
    /// another program will not find it
    /// (<see href="https://sqlite.org/howtocorrupt.html">How To Corrupt An SQLite Database File</see>, multiple links).
    /// </para>
    /// </remarks>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">The backend's name. The rules are those of <see cref="BackendRegistration.Name"/>.</param>
    /// <exception cref="ArgumentException">The name is not valid or already taken.</exception>
    public static IIsarStorageBuilder UseNative(this IIsarStorageBuilder builder, string name = "native")
        => builder.AddBackend(name, context => new NativeBackend(context.Directory));
}

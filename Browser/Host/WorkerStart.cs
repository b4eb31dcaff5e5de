namespace Isar.Storage;

/// <summary>
/// What the page asked for when it started the worker; part of the <see cref="IsarStorageOptions"/> before the worker's own code runs.
/// </summary>
public sealed record WorkerStart
{
    /// <summary>Gets the directory that the page names, or <see langword="null"/> for the default.</summary>
    public string? Directory { get; init; }

    /// <summary>Gets the name of the backend that the page wants, or <see langword="null"/> for the default.</summary>
    public string? Backend { get; init; }

    /// <summary>Gets whether the page wants everything kept in memory.</summary>
    public bool MemoryOnly { get; init; }

    /// <summary>Gets how long opening a database may wait, or <see langword="null"/> for the default.</summary>
    public TimeSpan? OpenTimeout { get; init; }

    internal void ApplyTo(IsarStorageOptions options)
    {
        options.Directory = Directory ?? options.Directory;
        options.Candidates = Backend is null ? options.Candidates : [Backend];
        options.MemoryOnly = MemoryOnly;
        options.OpenTimeout = OpenTimeout ?? options.OpenTimeout;
        options.UseAsSqliteDefault = true;
    }
}

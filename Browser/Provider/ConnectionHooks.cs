using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The hooks of one connection.</summary>
internal sealed class ConnectionHooks
{
    public Func<int>? Commit { get; set; }

    public Action? Rollback { get; set; }

    public Action<int, nint, nint, long>? Update { get; set; }

    public Func<int>? Progress { get; set; }

    public Func<int, nint, nint, nint, nint, int>? Authorizer { get; set; }

    public Action<nint>? Trace { get; set; }

    public Action<nint, long>? Profile { get; set; }

    /// <summary>Gets the events that <see cref="Trace"/> and <see cref="Profile"/> need.</summary>
    public int TraceMask => (Trace is null ? 0 : raw.SQLITE_TRACE_STMT) | (Profile is null ? 0 : raw.SQLITE_TRACE_PROFILE);
}

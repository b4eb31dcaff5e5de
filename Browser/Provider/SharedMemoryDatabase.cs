using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// In-memory databases that several connections share by name (<c>Mode=Memory;Cache=Shared</c>). The engine is built without shared
/// cache and would silently give every connection a database of its own; SQLite's <c>memdb</c> VFS shares those whose name begins with a
/// slash.
/// </summary>
internal static class SharedMemoryDatabase
{
    private const string Scheme = "file:";

    /// <summary>Replaces the name and the flags of such a database; leaves all others as they are.</summary>
    public static utf8z Map(utf8z filename, ref int flags)
    {
        const int relevant = raw.SQLITE_OPEN_URI | raw.SQLITE_OPEN_MEMORY | raw.SQLITE_OPEN_SHAREDCACHE;
        if ((flags & relevant) == 0 || filename.utf8_to_string() is not { } name || Map(name, flags) is not { } mapped)
            return filename;
        flags = flags & ~relevant | raw.SQLITE_OPEN_URI;
        return utf8z.FromString(mapped);
    }

    /// <summary>Gets the URI to open instead, or <see langword="null"/>.</summary>
    internal static string? Map(string name, int flags)
    {
        bool isUri = (flags & raw.SQLITE_OPEN_URI) != 0 && name.StartsWith(Scheme, StringComparison.Ordinal);
        string[] parts = isUri ? name[Scheme.Length..].Split('#')[0].Split('?', 2) : [Uri.EscapeDataString(name)];
        string[] parameters = parts.Length > 1 ? parts[1].Split('&') : [];
        bool isShared = Parameter(parameters, "cache") is { } cache ? cache == "shared" : (flags & raw.SQLITE_OPEN_SHAREDCACHE) != 0;
        bool isMemory = Parameter(parameters, "mode") is { } mode
            ? mode == "memory"
            : (flags & raw.SQLITE_OPEN_MEMORY) != 0 || (isUri && parts[0] == ":memory:");
        if (!isShared || !isMemory || parts[0].Length == 0 || Parameter(parameters, "vfs") is not null)
            return null;
        IEnumerable<string> kept = parameters.Where(p => !p.StartsWith("cache=", StringComparison.Ordinal)
            && !p.StartsWith("mode=", StringComparison.Ordinal) && p.Length > 0);
        return $"{Scheme}/{parts[0].TrimStart('/')}?{string.Join('&', kept.Append("vfs=memdb"))}";
    }

    private static string? Parameter(string[] parameters, string name)
        => parameters.LastOrDefault(p => p.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];
}

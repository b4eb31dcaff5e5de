using System.Text;

namespace Isar.Storage;

/// <summary>
/// The path of a file inside a backend, valid by construction and the same for all backends: relative, segments separated by
/// <c>/</c>, at most 400 bytes as UTF-8. Compared ordinally.
/// </summary>
/// <remarks>
/// Refused, never repaired: an empty path or segment, <c>.</c> and <c>..</c>, a backslash, the characters <c>: * ? " &lt; &gt; |</c>,
/// control characters, lone surrogates, U+FFFD (which stands for bytes that are not UTF-8, so that different names would be one), and a
/// segment that ends in a dot or a space (Windows drops those, so two paths would be one file).
/// File names in OPFS must obey the <see href="https://fs.spec.whatwg.org/#valid-file-name">File System Standard</see>.
/// </remarks>
public readonly record struct StoragePath
{
    /// <summary>The longest path in bytes of UTF-8.</summary>
    public const int MaxBytes = 400;

    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? _value;

    private StoragePath(string value) => _value = value;

    /// <summary>Gets the path as text.</summary>
    public string Value => _value ?? throw new InvalidOperationException("A default StoragePath names no file; use StoragePath.Parse.");

    /// <summary>Checks a path.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>, naming the rule that is broken.</exception>
    public static StoragePath Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Fault(path) is { } fault
            ? throw new StorageException(StorageErrorKind.PathInvalid, $"The path \"{Printable(path)}\" is not valid: {fault}.")
            : new StoragePath(path);
    }

    /// <summary>Checks a path.</summary>
    /// <returns><see langword="false"/> when it breaks a rule.</returns>
    public static bool TryParse(string? path, out StoragePath result)
    {
        bool valid = path is not null && Fault(path) is null;
        result = valid ? new StoragePath(path!) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    private static string? Fault(string path)
    {
        if (path.Length == 0)
            return "it is empty";
        if (path[0] == '/')
            return "it must be relative, without a leading /";
        foreach (char c in path)
        {
            if (char.IsControl(c))
                return $"it contains the control character U+{(int)c:X4}";
            if (c == '\uFFFD')
                return "it contains U+FFFD, which stands for bytes that are not UTF-8";
            if (c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
                return $"it contains {c}";
        }
        if (ByteCount(path) is not { } bytes)
            return "it contains half of a surrogate pair";
        if (bytes > MaxBytes)
            return $"it has {bytes} bytes as UTF-8, more than {MaxBytes}";
        foreach (Range range in path.AsSpan().Split('/'))
        {
            if (SegmentFault(path.AsSpan(range)) is { } fault)
                return fault;
        }
        return null;
    }

    private static string? SegmentFault(ReadOnlySpan<char> segment) => segment switch
    {
        "" => "it has an empty segment",
        "." or ".." => $"it contains the segment {segment}",
        [.., '.' or ' '] => $"the segment \"{segment}\" ends in a dot or a space",
        _ => null,
    };

    private static int? ByteCount(string path)
    {
        try
        {
            return _strictUtf8.GetByteCount(path);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    private static string Printable(string path) => string.Concat(path.Take(100).Select(c => char.IsControl(c) ? '\uFFFD' : c));
}

using System.Buffers.Binary;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>
/// The first 100 bytes of a database file (<see href="https://sqlite.org/fileformat2.html#the_database_header">The Database Header</see>),
/// as far as they tell whether it can be imported.
/// </summary>
internal readonly struct DatabaseHeader
{
    /// <summary>How many bytes it has.</summary>
    public const int Size = 100;

    private const int PageSizeAt = 16;
    private const int FormatVersionsAt = 18;
    private const int PayloadFractionsAt = 21;
    private const int ChangeCounterAt = 24;
    private const int PageCountAt = 28;
    private const int TextEncodingAt = 56;
    private const int ValidForAt = 92;

    /// <summary>The text encodings from this one on are UTF-16, in both byte orders.</summary>
    private const uint FirstUtf16 = 2;

    /// <summary>The file format version of a database with a rollback journal.</summary>
    private const byte RollbackVersion = 1;

    /// <summary>The file format version of a database with a write-ahead log.</summary>
    private const byte WriteAheadLogVersion = 2;

    private readonly int _pageSize;
    private readonly uint _pageCount;

    private DatabaseHeader(int pageSize, uint pageCount, bool isMarkedWriteAheadLog)
    {
        _pageSize = pageSize;
        _pageCount = pageCount;
        IsMarkedWriteAheadLog = isMarkedWriteAheadLog;
    }

    /// <summary>Gets the length of the file in bytes, or <see langword="null"/> when the header, of an old SQLite, does not say it.</summary>
    public long? FileLength => _pageCount == 0 ? null : (long)_pageCount * _pageSize;

    /// <summary>Gets whether the file was last used with <c>journal_mode=WAL</c>.</summary>
    public bool IsMarkedWriteAheadLog { get; }

    /// <summary>Reads the beginning of a file.</summary>
    /// <param name="start">Its first <see cref="Size"/> bytes, fewer only where it ends before.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Corrupt"/>: the file is not a database. <see cref="StorageErrorKind.Unavailable"/>: this SQLite cannot read
    /// its text. The message says why.
    /// </exception>
    public static DatabaseHeader Parse(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
            throw Refusal("it is empty");
        ReadOnlySpan<byte> magic = "SQLite format 3\0"u8;
        if (!start.StartsWith(magic[..Math.Min(magic.Length, start.Length)]))
            throw Refusal("it is not an SQLite database, or is encrypted: it does not begin with \"SQLite format 3\"");
        if (start.Length < Size)
            throw Refusal($"it is cut off: it ends after {start.Length} bytes, within the header");
        int pageSize = BinaryPrimitives.ReadUInt16BigEndian(start[PageSizeAt..]);
        if (pageSize == 1)
            pageSize = 65536;
        if (pageSize < 512 || !int.IsPow2(pageSize))
            throw Refusal($"its header is damaged: it says that a page has {pageSize} bytes");
        if (!start[PayloadFractionsAt..].StartsWith((ReadOnlySpan<byte>)[64, 32, 32]))
            throw Refusal("its header is damaged: bytes 21 to 23 are not 64, 32 and 32");
        (byte write, byte read) = (start[FormatVersionsAt], start[FormatVersionsAt + 1]);
        if (write is not (RollbackVersion or WriteAheadLogVersion) || read is not (RollbackVersion or WriteAheadLogVersion))
            throw Refusal($"it has the file format versions {write} and {read}, which this SQLite does not know");
        if (BinaryPrimitives.ReadUInt32BigEndian(start[TextEncodingAt..]) >= FirstUtf16 && raw.sqlite3_compileoption_used("OMIT_UTF16") != 0)
        {
            throw Refusal("its text is stored as UTF-16, which SQLite in a browser cannot read. A copy with UTF-8 can be imported; the program "
                + "\"sqlite3\" makes one: sqlite3 old.db .dump | sqlite3 new.db", StorageErrorKind.Unavailable);
        }
        bool tellsPageCount = start.Slice(ChangeCounterAt, 4).SequenceEqual(start.Slice(ValidForAt, 4));
        return new DatabaseHeader(
            pageSize,
            tellsPageCount ? BinaryPrimitives.ReadUInt32BigEndian(start[PageCountAt..]) : 0,
            write == WriteAheadLogVersion || read == WriteAheadLogVersion);
    }

    /// <summary>Tells whether a database, of which this is the beginning, can only be read together with its write-ahead log.</summary>
    public static bool IsWriteAheadLogged(ReadOnlySpan<byte> start) => start[FormatVersionsAt + 1] == WriteAheadLogVersion;

    /// <summary>Checks the length of the file.</summary>
    /// <returns>The length of the database; bytes after it belong to no page.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Corrupt"/>: it is cut off.</exception>
    public long CheckLength(long length)
    {
        long expected = FileLength ?? length;
        if (length < expected)
            throw Refusal($"it is cut off: it has {length} of {expected} bytes");
        if (length % _pageSize != 0 && FileLength is null)
            throw Refusal($"it is cut off: its {length} bytes are no whole pages of {_pageSize} bytes");
        return expected;
    }

    /// <summary>Tells whether a database file is marked as one with a write-ahead log.</summary>
    public static bool IsWriteAheadLogged(IStorageFile file)
    {
        Span<byte> start = stackalloc byte[Size];
        return file.Read(start, 0) == Size && IsWriteAheadLogged(start);
    }

    /// <summary>Marks a database file as one with a rollback journal. What only its write-ahead log holds is in another file.</summary>
    public static void MarkRollback(IStorageFile file) => file.Write([RollbackVersion, RollbackVersion], FormatVersionsAt);

    private static StorageException Refusal(string why, StorageErrorKind kind = StorageErrorKind.Corrupt) =>
        new(kind, $"The file cannot be imported: {why}. Nothing was changed.");
}

using System.Buffers.Binary;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// Makes one connection forget pages and schema of a commit that was undone. SQLite keeps them for as long as the
/// <see href="https://sqlite.org/fileformat2.html#the_database_header">numbers in the database header</see> stay the same, and a later commit
/// reaches the same numbers again. Nothing is stored for this: storing may be what fails, and another tab may commit first.
/// </summary>
internal struct StaleCache
{
    private const int VersionAt = 24;
    private const int VersionLength = 16;
    private const int SchemaCookieAt = 40;

    private bool _hasPages;
    private bool _hasSchema;

    /// <summary>Notes that what the connection has read may have been undone.</summary>
    public void Mark() => _hasPages = _hasSchema = true;

    /// <summary>Changes what the connection reads of the header, once each: the version of its cached pages, and the number of its schema.</summary>
    public void Disguise(Span<byte> content, long offset)
    {
        if (_hasPages && offset == VersionAt && content.Length == VersionLength)
        {
            _hasPages = false;
            for (int i = 0; i < VersionLength; i++)
                content[i] ^= 0xff;
        }
        else if (_hasSchema && offset == 0 && content.Length >= SchemaCookieAt + sizeof(int))
        {
            _hasSchema = false;
            // At random, because nobody may meet this number again with another schema.
            BinaryPrimitives.WriteInt32BigEndian(content[SchemaCookieAt..], Random.Shared.Next());
        }
    }
}

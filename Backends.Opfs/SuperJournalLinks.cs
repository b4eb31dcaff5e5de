using System.Buffers.Binary;
using System.Text;

namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// What ties the journals of one transaction over several databases together: each journal ends in the name of the super-journal, and
/// the super-journal lists the journals (<see href="https://sqlite.org/fileformat2.html#the_rollback_journal">The Rollback Journal</see>,
/// <see href="https://sqlite.org/atomiccommit.html">Atomic Commit</see>, section 5).
/// </summary>
internal static class SuperJournalLinks
{
    /// <summary>A journal that belongs to a super-journal ends in its name, the name's length and checksum, and the mark of a journal.</summary>
    private const int TrailerSize = 16;

    private static readonly int _maxNameSize = DatabaseFiles.FullNamePrefix.Length + StoragePath.MaxBytes;

    private static readonly byte[] _mark = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

    /// <summary>Gets the databases that a database's journal or super-journal names.</summary>
    public static IEnumerable<StoragePath> PartnersOf(OpfsDatabase database)
    {
        if (NameIn(database.Journal) is { } name && DatabaseFiles.TryGetDatabase(name, out StoragePath owner))
            yield return owner;
        foreach (StoragePath journal in JournalsOf(database.SuperJournal))
        {
            if (DatabaseFiles.TryGetDatabase(journal, out StoragePath partner))
                yield return partner;
        }
    }

    /// <summary>Gets the path of the super-journal that a journal names, or <see langword="null"/>.</summary>
    public static StoragePath? NameIn(OpfsContent journal)
    {
        if (journal.Length < TrailerSize)
            return null;
        byte[] trailer = new byte[TrailerSize];
        journal.Read(trailer, journal.Length - TrailerSize);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(trailer);
        if (!trailer.AsSpan(8).SequenceEqual(_mark) || length is 0 || length > _maxNameSize || length > journal.Length - TrailerSize)
            return null;
        byte[] name = new byte[length];
        journal.Read(name, journal.Length - TrailerSize - length);
        return DatabaseFiles.TryParseFullName(Encoding.UTF8.GetString(name), out StoragePath path) ? path : null;
    }

    /// <summary>Gets the paths of the journals that a super-journal lists.</summary>
    public static IEnumerable<StoragePath> JournalsOf(OpfsSuperJournal superJournal)
    {
        if (!superJournal.Exists)
            return [];
        byte[] content = new byte[superJournal.Length];
        superJournal.Read(content, 0);
        return Encoding.UTF8.GetString(content).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(static name => (IsPath: DatabaseFiles.TryParseFullName(name, out StoragePath path), path)).Where(static name => name.IsPath)
            .Select(static name => name.path);
    }
}

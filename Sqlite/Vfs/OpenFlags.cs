namespace Isar.Storage.Sqlite;

/// <summary>The flags of xOpen; see <see href="https://sqlite.org/c3ref/c_open_autoproxy.html">Flags For File Open Operations</see>.</summary>
[Flags]
internal enum OpenFlags
{
    ReadOnly = 0x1,
    ReadWrite = 0x2,
    Create = 0x4,
    DeleteOnClose = 0x8,
    Exclusive = 0x10,
    Uri = 0x40,
    MainDatabase = 0x100,
    TemporaryDatabase = 0x200,
    TransientDatabase = 0x400,
    MainJournal = 0x800,
    TemporaryJournal = 0x1000,
    SubJournal = 0x2000,
    SuperJournal = 0x4000,
    WriteAheadLog = 0x80000,
}

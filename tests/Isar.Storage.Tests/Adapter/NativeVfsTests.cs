using System.Runtime.InteropServices;
using System.Text;
using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>The native binding as SQLite sees it: the C structs and their functions.</summary>
public sealed unsafe partial class NativeVfsTests : IDisposable
{
    private const int CreateFlags = (int)(OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.MainDatabase);

    private readonly ServiceProvider _services = new ServiceCollection().AddIsarStorage().UseMemory().Services.BuildServiceProvider();
    private readonly NativeVfs* _vfs;

    public NativeVfsTests()
    {
        string connectionString = _services.GetRequiredService<IIsarStorage>().GetConnectionString("x.db");
        string name = connectionString[(connectionString.IndexOf("Vfs=", StringComparison.Ordinal) + 4)..];
        _vfs = Find(name);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_failed_open_leaves_no_methods()
    {
        NativeVfsFile file = new() { Methods = (NativeIoMethods*)1 };
        Assert.Equal(SqliteCode.CantOpen, Open("missing.db", (int)(OpenFlags.ReadWrite | OpenFlags.MainDatabase), &file));
        Assert.True(file.Methods == null);
    }

    [Fact]
    public void A_bad_path_is_refused_with_its_own_code_and_reason()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.CantOpenFullPath, Open("../x.db", CreateFlags, &file));
        byte* text = stackalloc byte[256];
        _vfs->GetLastError(_vfs, 256, text);
        Assert.Contains("..", Marshal.PtrToStringUTF8((nint)text));
    }

    [Fact]
    public void Names_that_are_not_UTF8_are_refused_because_they_would_be_one()
    {
        byte* buffer = stackalloc byte[64];
        byte* name = stackalloc byte[] { (byte)'a', 0, 0 };
        foreach (byte last in (byte[])[0xFE, 0xFF])
        {
            name[1] = last;
            NativeVfsFile file;
            Assert.Equal(SqliteCode.CantOpenFullPath, _vfs->FullPathname(_vfs, name, 64, buffer));
            Assert.Equal(SqliteCode.CantOpenFullPath, _vfs->Open(_vfs, name, &file, CreateFlags, null));
        }
    }

    [Fact]
    public void An_error_text_that_does_not_fit_is_cut()
    {
        NativeVfsFile file;
        Open("../x.db", CreateFlags, &file);
        byte* text = stackalloc byte[8];
        new Span<byte>(text, 8).Fill(0xAA);
        _vfs->GetLastError(_vfs, 4, text);
        Assert.Equal(0, text[3]);
        Assert.Equal(0xAA, text[4]);
    }

    [Fact]
    public void A_path_and_its_NUL_must_fit_the_buffer()
    {
        const string Full = DatabaseFiles.FullNamePrefix + "a.db";
        byte* buffer = stackalloc byte[Full.Length + 2];
        buffer[Full.Length + 1] = 0xAA;
        Assert.Equal(SqliteCode.Ok, FullPathname("a.db", buffer, Full.Length + 1));
        Assert.Equal(Full, Marshal.PtrToStringUTF8((nint)buffer));
        Assert.Equal(0xAA, buffer[Full.Length + 1]);
        Assert.Equal(SqliteCode.CantOpenFullPath, FullPathname("ab.db", buffer, Full.Length + 1));
    }

    [Fact]
    public void Deleting_what_is_not_there_says_so()
    {
        byte[] name = Utf8("missing.db");
        fixed (byte* pointer = name)
            Assert.Equal(SqliteCode.IoErrorDeleteNoEntry, _vfs->Delete(_vfs, pointer, 0));
    }

    [Fact]
    public void A_short_read_fills_up_with_zeros()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, Open("short.db", CreateFlags, &file));
        byte* data = stackalloc byte[] { 1, 2, 3, 4 };
        Assert.Equal(SqliteCode.Ok, file.Methods->Write(&file, data, 4, 0));
        byte* buffer = stackalloc byte[8];
        new Span<byte>(buffer, 8).Fill(0xAA);
        Assert.Equal(SqliteCode.IoErrorShortRead, file.Methods->Read(&file, buffer, 8, 2));
        Assert.Equal([3, 4, 0, 0, 0, 0, 0, 0], new Span<byte>(buffer, 8).ToArray());
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));
        Assert.True(file.Methods == null);
    }

    [Fact]
    public void A_file_opened_with_delete_on_close_is_gone_when_closed()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, Open("gone.db", CreateFlags | (int)OpenFlags.DeleteOnClose, &file));
        Assert.False(Exists("gone.db"));
        byte data = 7;
        Assert.Equal(SqliteCode.Ok, file.Methods->Write(&file, &data, 1, 0));
        Assert.True(Exists("gone.db"));
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));
        Assert.False(Exists("gone.db"));
    }

    [Fact]
    public void Without_a_name_a_temporary_file_is_opened()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, _vfs->Open(_vfs, null, &file, (int)(OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.TemporaryDatabase), null));
        byte* data = stackalloc byte[] { 7 };
        Assert.Equal(SqliteCode.Ok, file.Methods->Write(&file, data, 1, 100_000));
        long length;
        Assert.Equal(SqliteCode.Ok, file.Methods->FileSize(&file, &length));
        Assert.Equal(100_001, length);
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));
    }

    [Fact]
    public void An_exclusive_create_refuses_what_exists()
    {
        NativeVfsFile first;
        NativeVfsFile second;
        Assert.Equal(SqliteCode.Ok, Open("only.db", CreateFlags, &first));
        Assert.Equal(SqliteCode.CantOpen, Open("only.db", CreateFlags | (int)OpenFlags.Exclusive, &second));
        Assert.Equal(SqliteCode.Ok, first.Methods->Close(&first));
    }

    [Fact]
    public void File_controls_answer_or_are_not_found()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, Open("control.db", CreateFlags, &file));
        int number = -1;
        Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.PowersafeOverwrite, &number));
        Assert.Equal(1, number);
        Assert.Equal(SqliteCode.Ok, file.Methods->Lock(&file, (int)LockLevel.Shared));
        Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.LockState, &number));
        Assert.Equal((int)LockLevel.Shared, number);
        byte* name = null;
        Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.VfsName, &name));
        Assert.StartsWith("isar-memory-", Marshal.PtrToStringUTF8((nint)name), StringComparison.Ordinal);
        Free(name);
        Assert.Equal(SqliteCode.NotFound, file.Methods->FileControl(&file, 9999, null));
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));
    }

    [Fact]
    public void Who_does_not_trust_the_device_can_say_so()
    {
        const int Powersafe = 0x1000;
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, Open("powersafe.db", CreateFlags, &file));
        Assert.Equal(Powersafe, file.Methods->DeviceCharacteristics(&file) & Powersafe);
        foreach (int number in (int[])[0, 1])
        {
            int argument = number;
            Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.PowersafeOverwrite, &argument));
            Assert.Equal(number * Powersafe, file.Methods->DeviceCharacteristics(&file) & Powersafe);
            argument = -1;
            Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.PowersafeOverwrite, &argument));
            Assert.Equal(number, argument);
        }
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));

        foreach (string wanted in (string[])["0", "1"])
        {
            string uri = $"file:powersafe.db?vfs={Marshal.PtrToStringUTF8((nint)_vfs->Name)}&psow={wanted}";
            const int Flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_URI;
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(uri, out sqlite3 handle, Flags, null));
            using (handle)
            {
                int argument = -1;
                fixed (byte* main = Utf8("main"))
                    Assert.Equal(raw.SQLITE_OK, Control(handle.DangerousGetHandle(), main, FileControl.PowersafeOverwrite, &argument));
                Assert.Equal(wanted, $"{argument}");
            }
        }
    }

    [Fact]
    public void Whether_a_log_outlives_its_last_connection_is_remembered()
    {
        NativeVfsFile file;
        Assert.Equal(SqliteCode.Ok, Open("persist.db", CreateFlags, &file));
        foreach ((int set, int expected) in ((int, int)[])[(-1, 0), (1, 1), (-1, 1), (0, 0), (-1, 0)])
        {
            int argument = set;
            Assert.Equal(SqliteCode.Ok, file.Methods->FileControl(&file, FileControl.PersistWal, &argument));
            Assert.Equal(expected, argument);
        }
        // Memory offers no shared memory, so SQLite must not look for its functions.
        Assert.Equal(1, file.Methods->Version);
        Assert.Equal(SqliteCode.Ok, file.Methods->Close(&file));
    }

    [Fact]
    public void The_state_of_a_commit_that_meets_readers_is_pending()
    {
        NativeVfsFile writer;
        NativeVfsFile reader;
        Assert.Equal(SqliteCode.Ok, Open("state.db", CreateFlags, &writer));
        Assert.Equal(SqliteCode.Ok, Open("state.db", CreateFlags, &reader));
        Assert.Equal(SqliteCode.Ok, reader.Methods->Lock(&reader, (int)LockLevel.Shared));
        Assert.Equal(SqliteCode.Ok, writer.Methods->Lock(&writer, (int)LockLevel.Shared));
        Assert.Equal(SqliteCode.Ok, writer.Methods->Lock(&writer, (int)LockLevel.Reserved));
        Assert.Equal(SqliteCode.Busy, writer.Methods->Lock(&writer, (int)LockLevel.Exclusive));
        int state;
        Assert.Equal(SqliteCode.Ok, writer.Methods->FileControl(&writer, FileControl.LockState, &state));
        Assert.Equal((int)LockLevel.Pending, state);
        Assert.Equal(SqliteCode.Ok, reader.Methods->Close(&reader));
        Assert.Equal(SqliteCode.Ok, writer.Methods->Lock(&writer, (int)LockLevel.Exclusive));
        Assert.Equal(SqliteCode.Ok, writer.Methods->Close(&writer));
    }

    [Fact]
    public void The_number_of_a_systems_error_is_the_systems()
    {
        Assert.Equal(2, NumberOf(new FileNotFoundException()));
        Assert.Equal(2, NumberOf(new DirectoryNotFoundException()));
        Assert.Equal(13, NumberOf(new UnauthorizedAccessException("", new IOException("", 13))));
        Assert.Equal(28, NumberOf(new IOException("", 28)));
        Assert.Equal(112, NumberOf(new IOException("", unchecked((int)0x80070070))));
        Assert.Equal(5, NumberOf(new UnauthorizedAccessException()));
        Assert.Equal(0, NumberOf(null));

        static int NumberOf(Exception? inner) => VfsErrors.SystemErrorOf(new StorageException(StorageErrorKind.Io, "", inner));
    }

    [Fact]
    public void The_clock_and_random_numbers_work()
    {
        double days;
        long milliseconds;
        Assert.Equal(SqliteCode.Ok, _vfs->CurrentTime(_vfs, &days));
        Assert.Equal(SqliteCode.Ok, _vfs->CurrentTimeInt64(_vfs, &milliseconds));
        Assert.Equal(DateTime.UtcNow.ToOADate() + 2415018.5, days, tolerance: 0.01);
        Assert.Equal(days, milliseconds / 86_400_000.0, tolerance: 0.01);
        byte* bytes = stackalloc byte[64];
        Assert.Equal(64, _vfs->Randomness(_vfs, 64, bytes));
        Assert.True(new Span<byte>(bytes, 64).IndexOfAnyExcept((byte)0) >= 0);
    }

    private int Open(string path, int flags, NativeVfsFile* file)
    {
        fixed (byte* name = Utf8(path))
            return _vfs->Open(_vfs, name, file, flags, null);
    }

    private int FullPathname(string path, byte* buffer, int size)
    {
        fixed (byte* name = Utf8(path))
            return _vfs->FullPathname(_vfs, name, size, buffer);
    }

    private bool Exists(string path)
    {
        int result;
        fixed (byte* name = Utf8(path))
            Assert.Equal(SqliteCode.Ok, _vfs->Access(_vfs, name, 0, &result));
        return result != 0;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", StringMarshalling = StringMarshalling.Utf8)]
    private static partial NativeVfs* Find(string name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control")]
    private static partial int Control(nint connection, byte* database, int opcode, void* argument);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_free")]
    private static partial void Free(void* memory);
}

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary><see href="https://sqlite.org/c3ref/open.html">SQLITE_OPEN_NOFOLLOW</see>, with SQLite's own VFS for Unix as the reference.</summary>
public sealed class NoFollowTests : IAsyncLifetime
{
    private const int NoFollow = 0x01000000;
    private const int CantOpenSymlink = raw.SQLITE_CANTOPEN | (6 << 8);

    private readonly string _place = Directory.CreateTempSubdirectory("isar-storage-").FullName;
    private readonly ServiceProvider _services;

    public NoFollowTests() => _services = new ServiceCollection()
        .AddIsarStorage(options => options.Directory = Path.Combine(_place, "root")).UseNative().Services.BuildServiceProvider();

    public async Task InitializeAsync()
    {
        await using SqliteConnection connection = await _services.GetRequiredService<IIsarStorage>().OpenAsync("sub/a.db");
        File.CreateSymbolicLink(At("file.db"), At("sub/a.db"));
        Directory.CreateSymbolicLink(At("directory"), At("sub"));
        await File.WriteAllBytesAsync(Path.Combine(_place, "outside.db"), []);
        File.CreateSymbolicLink(At("outside.db"), Path.Combine(_place, "outside.db"));
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_place, recursive: true);
    }

    [Theory]
    [InlineData("sub/a.db", raw.SQLITE_OK)]
    [InlineData("file.db", CantOpenSymlink)]
    [InlineData("directory/a.db", CantOpenSymlink)]
    [InlineData("outside.db", CantOpenSymlink)]
    public void A_link_is_followed_unless_the_caller_says_no(string name, int code)
    {
        if (OperatingSystem.IsWindows())
            return;
        string ours = new SqliteConnectionStringBuilder(_services.GetRequiredService<IIsarStorage>().GetConnectionString("x.db")).Vfs!;
        foreach (string vfs in (string[])["unix", ours])
        {
            Assert.Equal(raw.SQLITE_OK, Open(name, 0, vfs));
            Assert.Equal(code, Open(name, NoFollow, vfs));
        }
    }

    private string At(string name) => Path.Combine(_place, "root", name);

    private int Open(string name, int flags, string vfs)
    {
        int code = raw.sqlite3_open_v2(At(name), out sqlite3 handle, raw.SQLITE_OPEN_READWRITE | flags, vfs);
        using (handle)
            return code == raw.SQLITE_OK ? code : raw.sqlite3_extended_errcode(handle);
    }
}

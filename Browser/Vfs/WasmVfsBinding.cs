using Isar.Storage.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>Registers adapters in the sqlite3.wasm engine of this worker.</summary>
internal sealed class WasmVfsBinding : IVfsBinding
{
    public bool CanWait => false;

    public IVfsRegistration Register(SqliteVfs vfs)
    {
        int address = VfsInterop.Register(
            vfs.Name, SqliteVfs.Handles.Add(vfs), vfs.MaxPathname, Staging.Address, Staging.Size);
        if (address == 0)
            throw new StorageException(StorageErrorKind.Unavailable, $"SQLite refused the VFS \"{vfs.Name}\".");
        return new Registration(address);
    }

    /// <summary>The struct stays allocated after this: a connection that is still open points at it.</summary>
    private sealed class Registration(int address) : IVfsRegistration
    {
        private bool _disposed;

        public void MakeDefault() => VfsInterop.MakeDefault(address);

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            VfsInterop.Unregister(address);
        }
    }
}

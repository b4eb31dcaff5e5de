using System.Runtime.InteropServices;
using System.Text;

namespace Isar.Storage.Sqlite;

/// <summary>Registers adapters in the SQLite engine of this process.</summary>
internal sealed class NativeVfsBinding : IVfsBinding
{
    public bool CanWait => true;

    public unsafe IVfsRegistration Register(SqliteVfs vfs)
    {
        byte[] name = Encoding.UTF8.GetBytes(vfs.Name);
        var native = (NativeVfs*)NativeMemory.AllocZeroed((nuint)(sizeof(NativeVfs) + name.Length + 1));
        native->Name = (byte*)(native + 1);
        name.CopyTo(new Span<byte>(native->Name, name.Length));
        native->MaxPathname = vfs.MaxPathname;
        native->AppData = SqliteVfs.Handles.Add(vfs);
        NativeVfsCallbacks.Fill(native);
        int code = NativeEngine.Instance.Register(native, 0);
        if (code != SqliteCode.Ok)
            throw new StorageException(StorageErrorKind.Unavailable, $"SQLite refused the VFS \"{vfs.Name}\" with code {code}.");
        return new Registration(native);
    }

    /// <summary>
    /// The struct and the handle stay allocated after disposing: a connection that is still open points at them, and SQLite cannot tell when
    /// the last one is gone. The adapter is closed by then and refuses to work. That is some 200 bytes for each disposed storage.
    /// </summary>
    private sealed unsafe class Registration(NativeVfs* native) : IVfsRegistration
    {
        private bool _disposed;

        /// <summary>Makes the adapter SQLite's default: registering it again does that.</summary>
        public void MakeDefault() => NativeEngine.Instance.Register(native, 1);

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            NativeEngine.Instance.Unregister(native);
        }
    }
}

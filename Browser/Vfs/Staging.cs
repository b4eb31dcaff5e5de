using System.Runtime.InteropServices;

namespace Isar.Storage.Browser;

/// <summary>
/// The one buffer through which database pages pass between the two WebAssembly memories. It lies outside the GC's heap, so its address
/// never changes, and is as large as SQLite's largest page.
/// </summary>
internal static unsafe class Staging
{
    public const int Size = 64 * 1024;

    private static readonly byte* _buffer = (byte*)NativeMemory.Alloc(Size);

    public static nint Address => (nint)_buffer;

    public static Span<byte> Span(int length) => new Span<byte>(_buffer, Size)[..length];
}

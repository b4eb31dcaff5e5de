using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Copies texts out of SQLite's memory, which .NET cannot see.</summary>
internal static unsafe class EngineText
{
    private const int ShortText = 256;

    /// <summary>Copies a text; a NULL pointer gives a null text.</summary>
    public static utf8z Copy(nint pointer)
    {
        if (pointer == 0)
            return utf8z.FromPtr(null);
        byte* buffer = stackalloc byte[ShortText];
        int length = ProviderInterop.CopyText(pointer, (nint)buffer, ShortText);
        if (length < ShortText)
            return utf8z.FromSpan(new ReadOnlySpan<byte>(buffer, length + 1).ToArray());
        byte[] text = GC.AllocateUninitializedArray<byte>(length + 1);
        fixed (byte* target = text)
            ProviderInterop.CopyText(pointer, (nint)target, text.Length);
        return utf8z.FromSpan(text);
    }

    /// <summary>Copies a text into memory that <see cref="NativeMemory.Free"/> frees; a NULL pointer gives 0.</summary>
    public static nint CopyToNative(nint pointer)
    {
        if (pointer == 0)
            return 0;
        int size = ProviderInterop.CopyText(pointer, 0, 0) + 1;
        void* copy = NativeMemory.Alloc((nuint)size);
        ProviderInterop.CopyText(pointer, (nint)copy, size);
        return (nint)copy;
    }

    /// <summary>Copies bytes.</summary>
    public static byte[] CopyBytes(nint pointer, int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        fixed (byte* target = bytes)
            ProviderInterop.CopyBytes(pointer, (nint)target, length);
        return bytes;
    }
}

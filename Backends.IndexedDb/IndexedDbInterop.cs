using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>The functions of <c>indexeddb.ts</c>. Offsets and lengths are whole numbers that a JavaScript number holds exactly.</summary>
internal static partial class IndexedDbInterop
{
    public const string Module = "isar-indexeddb";

    [JSImport("open", Module)]
    public static partial Task<int> OpenAsync(string name, string durability, double patience);

    [JSImport("close", Module)]
    public static partial void Close(int store);

    [JSImport("load", Module)]
    public static partial Task<int> LoadAsync(
        int store,
        string path,
        int id,
        int blockSize,
        double limit,
        [JSMarshalAs<JSType.Function<JSType.Number, JSType.Number>>] Action<double, double> onProgress);

    [JSImport("refresh", Module)]
    public static partial Task RefreshAsync(
        int store,
        string path,
        int id,
        int file,
        int blockSize,
        double limit,
        [JSMarshalAs<JSType.Function<JSType.Number, JSType.Number>>] Action<double, double> onProgress);

    [JSImport("cancelLoad", Module)]
    public static partial void CancelLoad(int id);

    [JSImport("create", Module)]
    public static partial int Create(int blockSize);

    [JSImport("drop", Module)]
    public static partial void Drop(int file);

    [JSImport("isStored", Module)]
    public static partial bool IsStored(int file);

    [JSImport("getLength", Module)]
    public static partial double GetLength(int file);

    [JSImport("read", Module)]
    public static partial void Read(int file, nint address, int length, double offset);

    [JSImport("write", Module)]
    public static partial void Write(int file, nint address, int length, double offset);

    [JSImport("resize", Module)]
    public static partial void Resize(int file, double length);

    [JSImport("commit", Module)]
    public static partial double Commit(int file, bool exists);

    [JSImport("save", Module)]
    public static partial Task SaveAsync(int store, string[] paths, int[] files);

    [JSImport("revert", Module)]
    public static partial Task RevertAsync(int store, string path, int file);

    [JSImport("list", Module)]
    public static partial Task<string> ListAsync(int store, string at);

    [JSImport("getHome", Module)]
    public static partial Task<string?> GetHomeAsync(int store, string database);

    [JSImport("listHomes", Module)]
    public static partial Task<string> ListHomesAsync(int store);

    [JSImport("replaceHome", Module)]
    public static partial Task<bool> ReplaceHomeAsync(int store, string database, string? expected, string? home);
}

namespace Isar.Storage.Sqlite;

/// <summary>
/// Numbers for managed objects that SQLite carries around in its own structs, so that nothing the GC may move is handed out.
/// Safe for any threads; a look-up takes no lock.
/// </summary>
internal sealed class HandleTable<T>
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private T?[] _items = new T?[16];
    private int _next = 1;

    public T this[int handle] => Volatile.Read(ref _items)[handle]
        ?? throw new InvalidOperationException($"Handle {handle} of {typeof(T).Name} is not in use.");

    public int Add(T item)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out int handle))
                handle = _next++;
            T?[] items = _items;
            if (handle >= items.Length)
                Array.Resize(ref items, items.Length * 2);
            items[handle] = item;
            Volatile.Write(ref _items, items);
            return handle;
        }
    }

    public T Remove(int handle)
    {
        lock (_gate)
        {
            T item = this[handle];
            _items[handle] = null;
            _free.Push(handle);
            return item;
        }
    }
}

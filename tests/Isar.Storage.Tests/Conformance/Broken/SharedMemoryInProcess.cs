using System.Runtime.InteropServices;

namespace Isar.Storage.Tests.Conformance;

/// <summary>What the open files of one database share, within one process: memory and eight slots. Gone with the last that has it open.</summary>
internal sealed unsafe class SharedMemoryInProcess
{
    private readonly Dictionary<int, nint> _regions = [];
    private readonly HashSet<BrokenFile> _members = [];
    private readonly List<(BrokenFile File, int Slot, bool Exclusive)> _locks = [];

    public nint Map(BrokenFile file, int region, int length, bool extend)
    {
        _members.Add(file);
        if (!_regions.TryGetValue(region, out nint address) && extend)
            _regions[region] = address = (nint)NativeMemory.AllocZeroed((nuint)length);
        return address;
    }

    public bool TryLock(BrokenFile file, int slot, bool exclusive)
    {
        if (_locks.Exists(held => held.File != file && held.Slot == slot && (held.Exclusive || exclusive)))
            return false;
        _locks.Add((file, slot, exclusive));
        return true;
    }

    public void Unlock(BrokenFile file, int slot) => _locks.RemoveAll(held => held.File == file && held.Slot == slot);

    public void UnlockAll() => _locks.Clear();

    /// <summary>Leaves it.</summary>
    public void Leave(BrokenFile file, bool keepsLocks, bool keepsMemory)
    {
        if (!keepsLocks)
            _locks.RemoveAll(held => held.File == file);
        if (!_members.Remove(file) || _members.Count > 0 || keepsMemory)
            return;
        foreach (nint address in _regions.Values)
            NativeMemory.Free((void*)address);
        _regions.Clear();
    }
}

namespace Isar.Storage.Tests.Conformance;

internal sealed partial class BrokenFile : ISharedMemory
{
    private readonly SharedMemoryInProcess _ownMemory = new();

    private SharedMemoryInProcess SharedMemory => _defect == Defect.MemoryNotShared ? _ownMemory : _state.SharedMemory;

    public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address)
    {
        if (_defect == Defect.RegionsAlwaysMade)
            extend = true;
        bool overlaps = _defect == Defect.RegionsOverlap && region == 1;
        // Twice as long as needed, so that a region in the middle of another one still ends in memory.
        address = SharedMemory.Map(this, overlaps ? 0 : region, length * 2, extend);
        if (overlaps && address != 0)
            address += length / 2;
        return SharedMemoryAccess.ReadWrite;
    }

    public bool TryShmLock(int slot, int count, bool exclusive)
    {
        if (_defect == Defect.SlotsAlwaysGranted)
            return true;
        if (_defect == Defect.SlotsNeverShared)
            exclusive = true;
        if (_defect == Defect.SlotsMeetTheLocks && _lock.Level == LockLevel.None && !_lock.TryLock(LockLevel.Shared))
            return false;
        for (int i = 0; i < count; i++)
        {
            if (_state.SharedMemory.TryLock(this, slot + i, exclusive))
                continue;
            if (_defect != Defect.RefusedSlotsKept)
                ShmUnlock(slot, i);
            return false;
        }
        return true;
    }

    public void ShmUnlock(int slot, int count)
    {
        for (int i = 0; i < (_defect == Defect.OneSlotUnlocked ? Math.Min(1, count) : count); i++)
            _state.SharedMemory.Unlock(this, slot + i);
    }

    public void ShmUnmap(bool delete)
    {
        if (_defect == Defect.LeavingDropsAllSlots)
            _state.SharedMemory.UnlockAll();
        _state.SharedMemory.Leave(this, _defect == Defect.SlotsOutliveFile, _defect == Defect.MemoryOutlivesFiles);
        _ownMemory.Leave(this, keepsLocks: false, keepsMemory: false);
    }
}

namespace Isar.Storage.Tests.Conformance;

internal sealed partial class BrokenFile
{
    private readonly FileLocks.Holder _lock;

    public bool IsReserved => _defect switch
    {
        Defect.ReservedUnseen or Defect.LocksAlwaysGranted => false,
        Defect.ReservedAlwaysSeen => true,
        _ => _lock.IsReserved,
    };

    private bool HasOtherReaders => _state.OpenFiles.Any(file => file != this && file._lock.Level >= LockLevel.Shared);

    public bool TryLock(LockLevel level)
    {
        bool? forced = _defect switch
        {
            Defect.LocksAlwaysGranted => true,
            Defect.LocksNeverGranted => false,
            Defect.HeldLevelRefused when level <= _lock.Level => false,
            Defect.SecondReaderRefused when level == LockLevel.Shared && HasOtherReaders => false,
            Defect.ReaderRefusedBesideReserved when level == LockLevel.Shared && _lock.Level == LockLevel.None && _lock.IsReserved => false,
            Defect.ReservedRefusedBesideReader when level == LockLevel.Reserved && HasOtherReaders => false,
            Defect.ReservedGrantedTwice when level == LockLevel.Reserved && _lock.IsReserved => true,
            Defect.StraightToExclusiveRefused when level == LockLevel.Exclusive && _lock.Level == LockLevel.Shared => false,
            Defect.NoPending when level == LockLevel.Exclusive && HasOtherReaders => false,
            _ => null,
        };
        bool granted = forced ?? _lock.TryLock(level);
        if (_defect == Defect.ExclusiveGrantedBesideReader && _lock.Level == LockLevel.Pending)
            return true;
        if (_defect == Defect.RefusedUpgradeDropsShared && !granted && _lock.Level == LockLevel.Shared)
            _lock.Unlock(LockLevel.None);
        return granted;
    }

    public void Unlock(LockLevel level)
    {
        if (_defect == Defect.UnlockToSharedIgnored && level == LockLevel.Shared)
            return;
        if (_defect == Defect.PendingNeverGivenUp && level == LockLevel.Shared && _lock.Level == LockLevel.Pending)
            return;
        _lock.Unlock(_defect == Defect.UnlockToSharedDropsAll ? LockLevel.None : level);
    }

    private void CloseLock()
    {
        if (_defect == Defect.CloseDropsAllLocks)
            _state.OpenFiles.ForEach(file => file._lock.Unlock(LockLevel.None));
        if (_defect != Defect.LockOutlivesFile)
            _lock.Dispose();
    }
}

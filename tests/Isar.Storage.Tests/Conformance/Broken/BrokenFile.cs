namespace Isar.Storage.Tests.Conformance;

/// <summary>An open file with one defect.</summary>
internal sealed partial class BrokenFile : IStorageFile
{
    private const int Block = 4096;
    private const int Sector = 512;
    private const int LongWrite = 65536;
    private const byte Garbage = 0xCD;

    private readonly IStorageFile _stored;
    private readonly PathState _state;
    private readonly Defect _defect;
    private readonly long _lengthAtOpen;
    private readonly byte[]? _cached;
    private bool _broken;

    public BrokenFile(IStorageFile stored, PathState state, Defect defect)
    {
        _stored = stored;
        _state = state;
        _defect = defect;
        _lock = new FileLocks.Holder(state.Locks);
        _lengthAtOpen = stored.Length;
        if (defect == Defect.BytesCachedPerFile && _lengthAtOpen < 10_000_000)
        {
            _cached = new byte[_lengthAtOpen];
            stored.Read(_cached, 0);
        }
        state.OpenFiles.Add(this);
    }

    public long Length => _defect switch
    {
        Defect.LengthCachedPerFile when _state.OpenFiles.Count > 1 => _lengthAtOpen,
        Defect.LengthRoundedUp => RoundUp(_stored.Length),
        _ => _stored.Length,
    };

    public static long RoundUp(long length) => (length + Block - 1) / Block * Block;

    public int Read(Span<byte> destination, long offset)
    {
        CheckUsable();
        offset = Place(offset);
        if (_defect == Defect.ReadStopsAtBlock)
            destination = destination[..(int)Math.Min(destination.Length, LongWrite - (offset % LongWrite))];
        int count = _stored.Read(destination, offset);
        if (_cached is not null && offset < _cached.Length)
        {
            int known = (int)Math.Min(count, _cached.Length - offset);
            _cached.AsSpan((int)offset, known).CopyTo(destination);
        }
        if (_defect == Defect.ReadTouchesTheRest)
            destination[count..].Clear();
        if (_defect == Defect.HolesNotZero && !destination[..count].ContainsAnyExcept((byte)0))
            destination[..count].Fill(Garbage);
        return _defect == Defect.ReadCountsTheBuffer ? destination.Length : count;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckUsable();
        offset = Place(offset);
        if (source.Length > _state.MaxLength - offset)
            throw new StorageException(StorageErrorKind.Full, "The file would become too long.");
        if (offset > _stored.Length)
        {
            Uncover(offset);
            if (_defect == Defect.GapNotZeroed)
                Spoil(_stored.Length, offset);
        }
        if (_defect == Defect.WriteClearsItsSector)
        {
            long from = offset / Sector * Sector;
            long to = Math.Min((offset + source.Length + Sector - 1) / Sector * Sector, _stored.Length);
            if (to > from)
                _stored.Write(new byte[to - from], from);
        }
        if (_defect == Defect.LongWriteCutShort && source.Length > LongWrite)
            source = source[..LongWrite];
        _stored.Write(source, offset);
        if (_defect == Defect.WriteDropsLock)
            _lock.Unlock(LockLevel.None);
    }

    public void SetLength(long length)
    {
        CheckUsable();
        long before = _stored.Length;
        if (length < before ? _defect == Defect.CutIgnored : _defect == Defect.GrowingLengthIgnored)
            return;
        if (_defect == Defect.StaleBytesAfterCut && length < before && before < 10_000_000)
        {
            byte[] cut = new byte[before - length];
            _stored.Read(cut, length);
            _state.CutAway = (length, cut);
        }
        if (length > before)
            Uncover(length);
        _stored.SetLength(length);
        if (_defect == Defect.CutDropsTheBlock && length < before && length % Block != 0)
        {
            long block = length / Block * Block;
            _stored.Write(new byte[length - block], block);
        }
        if (_defect == Defect.GrownLengthNotZeroed && length > before)
            Spoil(before, length);
    }

    public void Flush()
    {
        CheckUsable();
        _stored.Flush();
        _state.FlushedLength = _stored.Length;
    }

    public void Dispose()
    {
        if (!_state.OpenFiles.Remove(this))
            return;
        if (_defect == Defect.CloseBreaksOtherFiles)
            _state.OpenFiles.ForEach(file => file._broken = true);
        ShmUnmap(delete: false);
        CloseLock();
        _stored.Dispose();
    }

    /// <summary>Lets bytes return that a cut took away.</summary>
    private void Uncover(long length)
    {
        (long offset, byte[] bytes) = _state.CutAway;
        long from = _stored.Length;
        long to = Math.Min(length, offset + bytes.Length);
        if (from >= offset && to > from)
            _stored.Write(bytes.AsSpan((int)(from - offset), (int)(to - from)), from);
    }

    /// <summary>Writes garbage where zeros should be; where that would be very much, only at both ends.</summary>
    private void Spoil(long from, long to)
    {
        byte[] garbage = new byte[Math.Min(to - from, 100_000)];
        garbage.AsSpan().Fill(Garbage);
        _stored.Write(garbage, from);
        _stored.Write(garbage, to - garbage.Length);
    }

    private long Place(long offset) => _defect == Defect.OffsetOf32Bits ? offset & uint.MaxValue : offset;

    private void CheckUsable()
    {
        if (_broken)
            throw new StorageException(StorageErrorKind.Io, "The file was closed together with another one.");
    }
}

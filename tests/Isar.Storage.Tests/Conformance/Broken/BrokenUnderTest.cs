using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

/// <summary>
/// A place in memory that behaves as a disk does: it outlives the backend objects over it, and wants its databases acquired. With a
/// defect, each of those objects has it.
/// </summary>
internal sealed class BrokenUnderTest(Defect defect, long? maxFileLength = null) : BackendUnderTest
{
    private readonly Dictionary<StoragePath, PathState> _states = [];
    private readonly FileLocks _locksOfAll = new();
    private readonly SharedMemoryInProcess _memoryOfAll = new();

    public override string Directory => "broken";

    public override bool Persistent => true;

    public override bool IsLeased => true;

    public Defect Defect => defect;

    public long? MaxFileLength => defect == Defect.LimitIgnored ? 100_000_000 : maxFileLength;

    /// <summary>Gets what is stored.</summary>
    public MemoryBackend Stored { get; } = new(new MemoryBackendOptions());

    public override void Register(IIsarStorageBuilder builder) => builder.AddBackend("broken", _ => new BrokenBackend(this));

    public PathState StateOf(StoragePath path)
    {
        if (!_states.TryGetValue(path, out PathState? state))
        {
            state = new PathState(
                defect == Defect.LocksOfAllPathsMeet ? _locksOfAll : new FileLocks(),
                defect == Defect.MemoryOfAllPathsMeets ? _memoryOfAll : new SharedMemoryInProcess(),
                maxFileLength);
            _states.Add(path, state);
        }
        return state;
    }

    public override async ValueTask DisposeAsync()
    {
        await Stored.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>What the open files of a path share.</summary>
internal sealed class PathState(FileLocks locks, SharedMemoryInProcess sharedMemory, long? maxLength)
{
    public FileLocks Locks => locks;

    public SharedMemoryInProcess SharedMemory => sharedMemory;

    public long MaxLength => maxLength ?? long.MaxValue;

    public List<BrokenFile> OpenFiles { get; } = [];

    /// <summary>Gets or sets what a cut took away, and where it stood.</summary>
    public (long Offset, byte[] Bytes) CutAway { get; set; } = (0, []);

    /// <summary>Gets or sets what the file held when it was deleted.</summary>
    public byte[]? Deleted { get; set; }

    public long FlushedLength { get; set; }
}

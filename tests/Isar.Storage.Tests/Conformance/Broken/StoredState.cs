using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

/// <summary>What was stored when a backend object began, and what a defect of durability makes of it when the object ends.</summary>
internal sealed class StoredState(MemoryBackend stored)
{
    /// <summary>Files beyond this are sparse test files, which nobody wants to copy.</summary>
    private const long MaxCopied = 100_000_000;

    private readonly Dictionary<StoragePath, byte[]> _before = [];
    private readonly HashSet<StoragePath> _had = [];

    public bool Had(StoragePath path) => _had.Contains(path);

    public async Task RememberAsync(Defect defect)
    {
        foreach (StorageEntry entry in await stored.ListAsync(CancellationToken.None))
        {
            _had.Add(entry.Path);
            if (defect == Defect.EachStartAppends)
                Resize(entry.Path, entry.Length + 1);
            if (defect >= Defect.NothingStored && entry.Length <= MaxCopied)
                _before.Add(entry.Path, Read(stored, entry.Path));
        }
    }

    public async Task LoseAsync(Defect defect)
    {
        StorageEntry[] now = [.. (await stored.ListAsync(CancellationToken.None)).Where(entry => entry.Length <= MaxCopied)];
        for (int i = 0; i < now.Length; i++)
        {
            StoragePath path = now[i].Path;
            bool lost = defect switch
            {
                Defect.NothingStored or Defect.CreateLost => !_had.Contains(path),
                Defect.EmptyFilesLost => now[i].Length == 0,
                Defect.FewFilesStored => i >= 4,
                _ => false,
            };
            if (lost)
                stored.Delete(path, flush: false);
            else if (defect == Defect.StoredLengthRoundedUp)
                Resize(path, BrokenFile.RoundUp(now[i].Length));
        }
        foreach ((StoragePath path, byte[] before) in _before)
        {
            if (!stored.Exists(path))
            {
                if (defect is Defect.DeleteLost or Defect.NothingStored)
                    Write(stored, path, before);
                continue;
            }
            byte[] after = Read(stored, path);
            int common = Math.Min(before.Length, after.Length);
            switch (defect)
            {
                case Defect.NothingStored:
                    Write(stored, path, before);
                    break;
                case Defect.OverwritesLost:
                    Write(stored, path, [.. before[..common], .. after[common..]]);
                    break;
                case Defect.GrowthLost:
                    Resize(path, common);
                    break;
                case Defect.CutLost when before.Length > after.Length:
                    Write(stored, path, [.. after, .. before[common..]]);
                    break;
            }
        }
    }

    public static byte[] Read(MemoryBackend stored, StoragePath path)
    {
        using IStorageFile file = stored.Open(path, StorageOpenMode.ReadOnly);
        byte[] content = new byte[file.Length];
        file.Read(content, 0);
        return content;
    }

    public static void Write(MemoryBackend stored, StoragePath path, byte[] content)
    {
        using IStorageFile file = stored.Open(path, StorageOpenMode.Create);
        file.SetLength(0);
        file.Write(content, 0);
    }

    private void Resize(StoragePath path, long length)
    {
        using IStorageFile file = stored.Open(path, StorageOpenMode.ReadWrite);
        file.SetLength(length);
    }
}

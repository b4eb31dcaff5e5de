namespace Isar.Storage;

/// <summary>How a file is opened.</summary>
public enum StorageOpenMode
{
    /// <summary>The file must exist and is only read.</summary>
    ReadOnly,

    /// <summary>The file must exist and is read and written.</summary>
    ReadWrite,

    /// <summary>The file is created when it does not exist, then read and written.</summary>
    Create,
}

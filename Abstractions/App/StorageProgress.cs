namespace Isar.Storage;

/// <summary>How far something that takes long is. Within a stage the bytes only grow, and end at the total.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Completed">The bytes done, from 0 to <paramref name="Total"/>.</param>
/// <param name="Total">The bytes of this stage.</param>
public readonly record struct StorageProgress(StorageStage Stage, long Completed, long Total);

/// <summary>What is being done while it takes long.</summary>
public enum StorageStage
{
    /// <summary>A database is read into memory.</summary>
    Loading,

    /// <summary>A migration, an export or a backup copies a database.</summary>
    Copying,

    /// <summary>A migration compares the copy with the original and checks it; an import checks what it received.</summary>
    Verifying,

    /// <summary>A copy is read that a migration has left and that is then deleted.</summary>
    ClearingUp,

    /// <summary>The copy of a database goes to whoever exports it.</summary>
    Exporting,

    /// <summary>A file that is imported is received.</summary>
    Importing,

    /// <summary>An import or a backup replaces the content of a database.</summary>
    Replacing,
}

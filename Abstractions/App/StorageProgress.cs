namespace Isar.Storage;

/// <summary>The progress of a long operation. Within a stage the completed bytes only grow, and end at the total.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Completed">The completed bytes, from 0 to <paramref name="Total"/>.</param>
/// <param name="Total">The bytes of this stage.</param>
public readonly record struct StorageProgress(StorageStage Stage, long Completed, long Total);

/// <summary>The stages of long operations.</summary>
public enum StorageStage
{
    /// <summary>A database is read into memory.</summary>
    Loading,

    /// <summary>A migration, an export or a backup copies a database.</summary>
    Copying,

    /// <summary>A migration compares the copy with the original and checks it; an import checks what it received.</summary>
    Verifying,

    /// <summary>A copy that a migration left is read before it is deleted.</summary>
    ClearingUp,

    /// <summary>An export sends its copy of a database to the receiver.</summary>
    Exporting,

    /// <summary>An import receives a file.</summary>
    Importing,

    /// <summary>An import or a backup replaces the content of a database.</summary>
    Replacing,
}

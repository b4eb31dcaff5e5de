namespace Isar.Storage.Benchmarks;

/// <summary>What the page tells; <c>programMessages.ts</c> says which fields belong to which kind.</summary>
internal sealed record Message(
    string Kind,
    string? Table,
    string? Title,
    string? Unit,
    string[]? Columns,
    string? Reference,
    bool Mean,
    string? Row,
    string? Column,
    double Value,
    string? Text,
    string? Error);

namespace Isar.Storage.Protocol;

/// <summary>The tags of values in a row batch and in parameters; <c>protocol.ts</c> has the same.</summary>
internal enum Tag : byte
{
    Null = 0,
    Int32 = 1,
    Int64 = 2,
    Float64 = 3,
    Text = 4,
    Blob = 5,
}

namespace Isar.Storage.Protocol;

/// <summary>The version of the messages and of the row batch; <c>protocol.ts</c> has the same.</summary>
internal static class ProtocolVersion
{
    public const int Current = 6;
}

namespace Isar.Storage.Browser;

/// <summary>What values of the contract are called in <c>protocol.ts</c>.</summary>
internal static class WireNames
{
    public static string Of(StorageStage stage) => stage switch
    {
        StorageStage.Loading => "loading",
        StorageStage.Copying => "copying",
        StorageStage.Verifying => "verifying",
        StorageStage.ClearingUp => "clearingUp",
        StorageStage.Exporting => "exporting",
        StorageStage.Importing => "importing",
        StorageStage.Replacing => "replacing",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };

    public static string Of(FlushGuarantee guarantee) => guarantee switch
    {
        FlushGuarantee.None => "none",
        FlushGuarantee.Relaxed => "relaxed",
        FlushGuarantee.Full => "full",
        _ => throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee, null),
    };

    public static string Of(StorageSharing sharing) => sharing switch
    {
        StorageSharing.OneConnection => "oneConnection",
        StorageSharing.OneProcess => "oneProcess",
        StorageSharing.ManyProcesses => "manyProcesses",
        _ => throw new ArgumentOutOfRangeException(nameof(sharing), sharing, null),
    };
}

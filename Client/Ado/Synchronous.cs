namespace Isar.Storage.Client;

/// <summary>The exceptions of members that would have to wait for the worker, which a page must not.</summary>
internal static class Synchronous
{
    /// <param name="member">The member that was called.</param>
    /// <param name="instead">The member to call instead.</param>
    public static NotSupportedException Unsupported(string member, string instead) => new(
        $"{member} would have to wait for the worker, and a page cannot wait without freezing: use {instead}.");
}

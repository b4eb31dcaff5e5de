using Microsoft.Extensions.Options;

namespace Isar.Storage.Sqlite;

internal sealed class IsarStorageOptionsValidator(IEnumerable<BackendRegistration> backends) : IValidateOptions<IsarStorageOptions>
{
    private static readonly TimeSpan _maxOpenTimeout = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, IsarStorageOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (string.IsNullOrWhiteSpace(options.Directory))
            result.AddError("It is empty; name a directory for the databases.", nameof(options.Directory));
        if (options.OpenTimeout < TimeSpan.Zero || options.OpenTimeout > _maxOpenTimeout)
            result.AddError($"It is {options.OpenTimeout}; it must lie between 0 and {_maxOpenTimeout}.", nameof(options.OpenTimeout));
        string[] known = [.. backends.Select(b => b.Name)];
        bool isMemory = MemoryOptOut.ReasonOf(options) is not null;
        if (known.Length == 0 && !isMemory)
            result.AddError("No backend was added: call UseNative, UseOpfs, UseMemory or another on what AddIsarStorage returns.");
        if (options.Candidates?[0] is { } wanted && !known.Contains(wanted) && !(isMemory && known.Length == 0))
            result.AddError($"There is no backend \"{wanted}\"; added are: {string.Join(", ", known)}.", nameof(options.Candidates));
        return result.Build();
    }
}

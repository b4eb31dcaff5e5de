using Microsoft.Extensions.Options;

namespace Isar.Storage.Sqlite;

internal sealed class IsarStorageOptionsValidator(IEnumerable<BackendRegistration> backends) : IValidateOptions<IsarStorageOptions>
{
    private static readonly TimeSpan _maxTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _minRetryDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _maxFirstDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _maxRetryDelay = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, IsarStorageOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (string.IsNullOrWhiteSpace(options.Directory))
            result.AddError("It is empty; name a directory for the databases.", nameof(options.Directory));
        ValidateRange(result, options.OpenTimeout, TimeSpan.Zero, _maxTimeout, nameof(options.OpenTimeout));
        ValidateRange(result, options.LeaseTimeout, TimeSpan.Zero, _maxTimeout, nameof(options.LeaseTimeout));
        ValidateRange(result, options.TransactionTimeout, TimeSpan.Zero, _maxTimeout, nameof(options.TransactionTimeout));
        ValidateRange(result, options.RetryDelay, _minRetryDelay, _maxFirstDelay, nameof(options.RetryDelay));
        ValidateRange(result, options.MaxRetryDelay, options.RetryDelay, _maxRetryDelay, nameof(options.MaxRetryDelay));
        if (!(options.QuotaWarningRatio is > 0 and <= 1))
            result.AddError($"It is {options.QuotaWarningRatio}; it must lie above 0 and not above 1.", nameof(options.QuotaWarningRatio));
        if (options.MaxTemporaryBytes < 0)
            result.AddError($"It is {options.MaxTemporaryBytes}; it must be 0 or more bytes.", nameof(options.MaxTemporaryBytes));
        string[] known = [.. backends.Select(b => b.Name)];
        bool isMemory = MemoryOptOut.ReasonOf(options) is not null;
        if (known.Length == 0 && !isMemory)
            result.AddError("No backend was added: call UseNative, UseOpfs, UseMemory or another on what AddIsarStorage returns.");
        if (options.Candidates is { } candidates)
            ValidateCandidates(result, candidates, isMemory && known.Length == 0 ? null : known);
        return result.Build();
    }

    private static void ValidateRange(ValidateOptionsResultBuilder result, TimeSpan value, TimeSpan min, TimeSpan max, string option)
    {
        if (value < min || value > max)
            result.AddError($"It is {value}; it must lie between {(min == TimeSpan.Zero ? "0" : min.ToString())} and {max}.", option);
    }

    /// <param name="result">Receives the errors.</param>
    /// <param name="candidates">The candidates of the options.</param>
    /// <param name="known">The names that are allowed, or <see langword="null"/> when no backend is needed.</param>
    private static void ValidateCandidates(ValidateOptionsResultBuilder result, IReadOnlyList<string> candidates, string[]? known)
    {
        const string Option = nameof(IsarStorageOptions.Candidates);
        if (candidates.Count == 0)
            result.AddError("It is empty; name at least one backend, or leave it null for the persistent ones.", Option);
        foreach (string wanted in candidates.Where(wanted => known?.Contains(wanted) == false).Distinct())
            result.AddError($"There is no backend \"{wanted}\"; added are: {string.Join(", ", known!)}.", Option);
        foreach (string twice in candidates.GroupBy(wanted => wanted).Where(group => group.Count() > 1).Select(group => group.Key))
            result.AddError($"It names \"{twice}\" more than once.", Option);
    }
}

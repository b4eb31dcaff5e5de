namespace Isar.Storage.Sqlite;

/// <summary>Tries to get something that others hold, such as the files of a page being closed, until it succeeds or times out.</summary>
internal sealed class WaitPipeline(PipelineSettings settings)
{
    private static readonly TimeSpan _describeTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Tries until it succeeds or the time is over. Time in which an attempt makes progress does not count.</summary>
    /// <param name="database">What is waited for.</param>
    /// <param name="progress">
    /// Receives what the attempts report. If it is a <see cref="WaitEpisode"/>, this wait is a part of that one, whose time then stands still.
    /// </param>
    /// <param name="attempt">
    /// Gets the episode, to report progress to it, and a token that ends it with the time-out. With a time-out of 0 there is one
    /// attempt, which must not wait (<see cref="WaitEpisode.MayWait"/>).
    /// </param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/> after the time-out, with the last attempt's failure inside. Its
    /// <see cref="StorageException.WaitedFor"/> keeps the pipelines around this one from waiting again.
    /// </exception>
    public async ValueTask<T> ExecuteAsync<T>(
        StoragePath database,
        IProgress<StorageProgress>? progress,
        Func<WaitEpisode, CancellationToken, ValueTask<T>> attempt,
        CancellationToken cancellationToken)
    {
        using var episode = new WaitEpisode(settings, database, progress, cancellationToken);
        if (!episode.MayWait)
            return await attempt(episode, cancellationToken).ConfigureAwait(false);
        string outcome = StorageTelemetry.Failed;
        try
        {
            T result = await settings.Attempts.ExecuteAsync(database, token => episode.AttemptAsync(attempt, token), episode.Token)
                .ConfigureAwait(false);
            outcome = StorageTelemetry.Succeeded;
            return result;
        }
        catch (Exception e) when (episode.IsOver && !cancellationToken.IsCancellationRequested
            && (e is OperationCanceledException || StoragePipelines.IsRetryable(e)))
        {
            outcome = StorageTelemetry.TimedOut;
            string? holder = settings.DescribeHolder is { } describe
                ? await DescribeAsync(database, describe, cancellationToken).ConfigureAwait(false)
                : null;
            throw new StorageException(StorageErrorKind.Busy,
                $"The database \"{database}\" is still held by {holder ?? "another connection, tab or process"} after "
                + $"{settings.Timeout.TotalSeconds:0.##} s: " + (episode.LastFailure?.Message ?? "making it ready did not get any further."),
                episode.LastFailure ?? e)
            { WaitedFor = settings.Timeout };
        }
        catch (Exception e)
        {
            outcome = Episode.OutcomeOf(e, cancellationToken);
            throw;
        }
        finally
        {
            episode.End(outcome);
        }
    }

    /// <summary>Describes the holder. That only makes an error clearer, so a failure here is only logged.</summary>
    private async ValueTask<string?> DescribeAsync(
        StoragePath database, Func<StoragePath, CancellationToken, ValueTask<string?>> describe, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await describe(database, end.Token).AsTask()
                .WaitAsync(_describeTimeout, settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            settings.Logger.HolderUnknown(database.Value, e);
            return null;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }
}

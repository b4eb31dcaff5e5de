using System.Runtime.ExceptionServices;

namespace Isar.Storage.Sqlite;

/// <summary>Repeats a whole transaction while other connections are in its way, and never a part of one.</summary>
internal sealed class TransactionPipeline(PipelineSettings settings)
{
    /// <param name="database">The database.</param>
    /// <param name="attempt">
    /// Runs the whole transaction; when it throws, nothing is left of it. Gets the episode, to tell it an unknown outcome, and a token.
    /// </param>
    /// <param name="cancellationToken">Ends the wait, and is what the attempts get.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/> when others were in the way for too long, with the last attempt's failure inside.
    /// </exception>
    public async ValueTask<T> ExecuteAsync<T>(
        StoragePath database, Func<TransactionEpisode, CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        using var episode = new TransactionEpisode(settings, database, cancellationToken);
        string outcome = StorageTelemetry.Failed;
        try
        {
            T result = await settings.Attempts.ExecuteAsync(database, token => episode.AttemptAsync(attempt, token), episode.Token)
                .ConfigureAwait(false);
            outcome = StorageTelemetry.Succeeded;
            return result;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested)
        {
            outcome = Episode.OutcomeOf(e, cancellationToken);
            throw;
        }
        catch (Exception e)
        {
            // The time-out cancels the wait for the next attempt; the reason is the failure that made it necessary.
            Exception reason = e is OperationCanceledException ? episode.LastFailure ?? e : e;
            if (StoragePipelines.IsRetryable(reason))
            {
                outcome = StorageTelemetry.TimedOut;
                throw episode.TimedOut(reason);
            }
            outcome = Episode.OutcomeOf(reason, cancellationToken);
            ExceptionDispatchInfo.Throw(reason);
            throw;
        }
        finally
        {
            episode.End(outcome);
        }
    }
}

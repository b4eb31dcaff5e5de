using System.Runtime.ExceptionServices;
using Polly;

namespace Isar.Storage.Sqlite;

/// <summary>
/// Makes attempts as a pipeline of Polly says. That is built when there is something for it to decide: building one takes a good part of the
/// time in which a worker starts, and hardly ever does a first attempt fail.
/// </summary>
/// <param name="build">Builds the pipeline.</param>
/// <param name="isConfigured">Whether the app has changed the pipeline: then it is built at once, and decides about the first attempt too.</param>
internal sealed class PipelineAttempts(Func<ResiliencePipeline> build, bool isConfigured)
{
    private readonly Lazy<ResiliencePipeline> _pipeline = isConfigured ? new(build()) : new(build);

    /// <summary>Makes attempts until one succeeds or the pipeline gives up; then throws what the last one has thrown.</summary>
    public async ValueTask<T> ExecuteAsync<T>(
        StoragePath database, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? first = null;
        if (!isConfigured)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (StoragePipelines.IsRetryable(e))
            {
                // What the pipeline sees as its first attempt.
                first = ExceptionDispatchInfo.Capture(e);
            }
        }
        ResilienceContext context = ResilienceContextPool.Shared.Get(database.Value, cancellationToken);
        try
        {
            return await _pipeline.Value.ExecuteAsync(async token =>
            {
                Interlocked.Exchange(ref first, null)?.Throw();
                return await attempt(token.CancellationToken).ConfigureAwait(false);
            }, context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}

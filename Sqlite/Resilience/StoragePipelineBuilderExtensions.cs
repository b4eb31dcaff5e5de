using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace Isar.Storage;

/// <summary>Changes the pipelines that wait for others and try again.</summary>
public static class StoragePipelineBuilderExtensions
{
    /// <summary>
    /// Extends or replaces a pipeline. Time-out, logging and telemetry are not part of it and stay as they are: a pipeline decides
    /// whether and when the next attempt begins. It serves all databases; the operation key of Polly's context is the database's name.
    /// </summary>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">A name of <see cref="StoragePipelines"/>.</param>
    /// <param name="configure">
    /// Gets Polly's builder, and an action that adds the strategy so far: the retry of the options, or what an earlier call of this method
    /// made of it. Call the action to extend that strategy: strategies that are added before it are outside, those after it inside. Leave
    /// the action out to replace that strategy. Runs when the storage is first used.
    /// </param>
    /// <exception cref="ArgumentException">There is no pipeline of this name.</exception>
    public static IIsarStorageBuilder ConfigurePipeline(
        this IIsarStorageBuilder builder, string name, Action<ResiliencePipelineBuilder, Action> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        if (!StoragePipelines.All.Contains(name))
            throw new ArgumentException($"There is no pipeline \"{name}\"; there are: {string.Join(", ", StoragePipelines.All)}.", nameof(name));
        builder.Services.AddSingleton(new PipelineConfiguration(name, configure));
        return builder;
    }
}

using Polly;

namespace Isar.Storage.Sqlite;

/// <summary>The app's change of a pipeline.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Configure">Gets Polly's builder, and an action that adds what was configured before.</param>
internal sealed record PipelineConfiguration(string Name, Action<ResiliencePipelineBuilder, Action> Configure);

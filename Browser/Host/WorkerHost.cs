using System.Runtime.InteropServices.JavaScript;
using Isar.Storage.Browser;
using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Isar.Storage;

/// <summary>Runs a worker: serves the page that started it until the browser ends it.</summary>
public static class WorkerHost
{
    private static RequestServer? _server;

    internal static RequestServer Server => _server ?? throw new InvalidOperationException("The worker has not started.");

    /// <summary>Builds the worker's services, tells the page that the worker is ready, and serves its requests.</summary>
    /// <param name="configure">
    /// Adds the backends, the first one being the default, and whatever else the worker needs to
    /// <see cref="IIsarStorageBuilder.Services"/>. The page's options are applied before; what is configured here overrules them.
    /// </param>
    /// <returns>A task that never completes: a browser ends a worker without telling it.</returns>
    /// <exception cref="InvalidOperationException">The worker is already running.</exception>
    /// <example>
    /// The whole <c>Program.cs</c> of a worker:
    /// <code>
    /// using Isar.Storage;
    ///
    /// await WorkerHost.RunAsync((storage, _) => storage.UseOpfs());
    /// </code>
    /// </example>
    public static async Task RunAsync(Action<IIsarStorageBuilder, WorkerStart> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        if (_server is not null)
            throw new InvalidOperationException("WorkerHost.RunAsync may be called once.");
        try
        {
            WorkerStart start = ReadStart();
            ServiceProvider services = CreateServices(configure, start);
            _server = services.GetRequiredService<RequestServer>();
            // The backend is chosen before any connection is opened: the page learns at once when none is available.
            IsarStorage storage = services.GetRequiredService<StorageRegistry>().Default;
            services.GetRequiredService<IDatabaseEdges>().LendUntil(HostInterop.Recall);
            storage.QuotaNearlyUsed += static (_, quota) => HostInterop.NotifyQuotaNearlyUsed(WireJson.Of(quota));
            storage.CommitUndone += static (_, reason) =>
            {
                ErrorMessage error = ErrorMessage.Of(reason);
                HostInterop.NotifyCommitUndone(error.Kind, error.Code, error.ExtendedCode, error.Message);
            };
            await storage.ChooseAsync(CancellationToken.None).ConfigureAwait(false);
            LockInterop.Introduce(start.Describe(services.GetRequiredService<TimeProvider>().GetUtcNow()));
            HostInterop.Started();
        }
        catch (Exception e)
        {
            ErrorMessage error = ErrorMessage.Of(e);
            HostInterop.StartFailed(error.Kind, error.Code, error.ExtendedCode, error.Message);
            throw;
        }
        await new TaskCompletionSource().Task.ConfigureAwait(false);
    }

    private static WorkerStart ReadStart()
    {
        using JSObject options = HostInterop.GetOptions();
        return new WorkerStart
        {
            Page = options.GetPropertyAsString("page"),
            Directory = options.GetPropertyAsString("directory"),
            Candidates = HostInterop.GetCandidates(),
            MigrateOnOpen = options.HasProperty("migrateOnOpen") && options.GetPropertyAsBoolean("migrateOnOpen"),
            QuotaWarningRatio = options.HasProperty("quotaWarningRatio") ? options.GetPropertyAsDouble("quotaWarningRatio") : null,
            MaxTemporaryBytes = options.HasProperty("maxTemporaryBytes") ? (long)options.GetPropertyAsDouble("maxTemporaryBytes") : null,
            WriteAheadLog = !options.HasProperty("writeAheadLog") || options.GetPropertyAsBoolean("writeAheadLog"),
            MemoryOnly = options.HasProperty("memoryOnly") && options.GetPropertyAsBoolean("memoryOnly"),
            OpenTimeout = ReadMilliseconds("openTimeoutMs"),
            LeaseTimeout = ReadMilliseconds("leaseTimeoutMs"),
            TransactionTimeout = ReadMilliseconds("transactionTimeoutMs"),
        };

        // A number that is too large for a TimeSpan is outside every limit; clamped, it is refused by the check of the options.
        TimeSpan? ReadMilliseconds(string option) =>
            options.HasProperty(option) ? TimeSpan.FromMilliseconds(Math.Clamp(options.GetPropertyAsDouble(option), -1e12, 1e12)) : null;
    }

    private static ServiceProvider CreateServices(Action<IIsarStorageBuilder, WorkerStart> configure, WorkerStart start)
    {
        // Factories, and no logging of Microsoft.Extensions.Logging: what is found out by reflection is dear in an interpreter.
        var services = new ServiceCollection();
        var console = new ConsoleLoggerProvider();
        services.AddSingleton<ILoggerProvider>(console);
        services.AddWasmEngine();
        services.AddSingleton<IStorageQuota>(static _ => new NavigatorQuota());
        services.AddSingleton<IStorageLocks>(static _ => new WebLocks());
        services.AddSingleton<IDatabaseEdges>(static provider => provider.GetRequiredService<StorageRegistry>().Default);
        services.AddSingleton(static provider => new WorkerHandlers(
            provider.GetServices<WorkerHandler>(), provider.GetRequiredService<IServiceScopeFactory>(), LoggerOf<WorkerHandlers>(provider)));
        services.AddSingleton<IDatabaseTransfers>(static provider => provider.GetRequiredService<StorageRegistry>().Default);
        services.AddSingleton(static provider => new RequestServer(
            provider.GetRequiredService<IIsarStorage>(),
            provider.GetRequiredService<IDatabaseEdges>(),
            provider.GetRequiredService<IDatabaseTransfers>(),
            provider.GetRequiredService<WorkerHandlers>(),
            provider.GetRequiredService<TimeProvider>(),
            LoggerOf<RequestServer>(provider)));
        IIsarStorageBuilder storage = services.AddIsarStorage(start.ApplyTo);
        configure(storage, start);
        AddLogging(services, console);
        return services.BuildServiceProvider();
    }

    /// <summary>Adds the logging of Microsoft.Extensions.Logging where the app has added to it or configured it.</summary>
    private static void AddLogging(ServiceCollection services, ConsoleLoggerProvider console)
    {
        foreach (ServiceDescriptor none in services.Where(static service => service.ImplementationInstance is NullLoggerFactory).ToArray())
            services.Remove(none);
        bool isOfApp = services.Any(service => service.ServiceType == typeof(ILoggerFactory)
            || service.ServiceType == typeof(IConfigureOptions<LoggerFilterOptions>)
            || (service.ServiceType == typeof(ILoggerProvider) && service.ImplementationInstance != console))
            || !services.Any(static service => service.ServiceType == typeof(ILoggerProvider));
        if (isOfApp)
            services.AddLogging();
        services.TryAddSingleton<ILoggerFactory>(new ConsoleLoggerFactory(console));
        services.TryAddSingleton(typeof(ILogger<>), typeof(Logger<>));
    }

    private static Logger<T> LoggerOf<T>(IServiceProvider services) => new(services.GetRequiredService<ILoggerFactory>());
}

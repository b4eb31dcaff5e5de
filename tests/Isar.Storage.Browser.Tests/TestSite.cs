using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A web server for the tests: an empty page at <c>/</c>, <c>helpers.mjs</c> under <c>/test</c>, the client and worker under <c>/isar</c>, the
/// worker of the cases under <c>/cases</c>, that of the cases of data access under <c>/data</c>, the OwnWorker sample under <c>/own</c>, the page
/// of cases under <c>/page</c>. Under <c>/copies/NAME</c>, with any name, is what is under <c>/isar</c>, for a browser that has kept nothing of it.
/// </summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestSite(WebApplication app) => _app = app;

    /// <summary>
    /// An empty page that is cross-origin isolated:
    /// https://html.spec.whatwg.org/multipage/webappapis.html#concept-settings-object-cross-origin-isolated-capability
    /// </summary>
    public const string Isolated = "isolated";

    /// <summary>Gets or sets the path of a file of which only the headers are sent.</summary>
    public string? Stalled { get; set; }

    /// <summary>Gets or sets the path of a file that is not there.</summary>
    public string? Missing { get; set; }

    /// <summary>Gets or sets the path of a file that is only half there, which browsers are told to keep.</summary>
    public string? Half { get; set; }

    /// <summary>Gets or sets what every answer says about how long it may be kept.</summary>
    public string? CacheControl { get; set; }

    /// <summary>
    /// Gets or sets whether it does as some networks do: refuses addresses that end in <c>.dll</c>, and drops what begins as a program of Windows.
    /// </summary>
    public bool HasFirewall { get; set; }

    /// <summary>Gets the paths that were asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Gets the address of the empty page.</summary>
    public string Url => _app.Urls.Single() + "/";

    public static async Task<TestSite> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        var site = new TestSite(app);
        app.Use(site.FilterAsync);
        app.Use(async (context, next) =>
        {
            if (context.Request.Path != site.Stalled)
            {
                await next(context);
                return;
            }
            await context.Response.Body.FlushAsync();
            var aborted = new TaskCompletionSource();
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        });
        // A page that is isolated starts only workers that say this of themselves; others do not mind.
        app.Use((context, next) =>
        {
            context.Response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
            if (context.Request.Path == "/" + Isolated)
                context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            return next(context);
        });
        Serve(app, "/test", BuiltFiles.ScriptDirectory);
        app.Use((context, next) =>
        {
            if (context.Request.Path.Value!.Split('/') is ["", "copies", _, var file])
                context.Request.Path = $"/isar/{file}";
            return next(context);
        });
        Serve(app, "/isar", BuiltFiles.ClientDirectory);
        Serve(app, "/cases", BuiltFiles.CaseWorkerDirectory);
        Serve(app, "/data", BuiltFiles.DataWorkerDirectory);
        Serve(app, "/own", BuiltFiles.OwnWorkerDirectory);
        foreach (string directory in BuiltFiles.CasePageDirectories)
            Serve(app, "/page", directory);
        app.Run(context =>
        {
            bool isPage = context.Request.Path == "/" || context.Request.Path == "/" + Isolated;
            context.Response.StatusCode = isPage ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<!doctype html><title>Test</title>");
        });
        await app.StartAsync();
        return site;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task FilterAsync(HttpContext context, RequestDelegate next)
    {
        string path = context.Request.Path;
        Requests.Enqueue(path);
        if (path == Missing || (HasFirewall && path.EndsWith(".dll", StringComparison.Ordinal)))
        {
            context.Response.StatusCode = path == Missing ? StatusCodes.Status404NotFound : StatusCodes.Status403Forbidden;
            return;
        }
        if (path == Half)
        {
            context.Response.ContentType = "application/wasm";
            context.Response.Headers.CacheControl = "max-age=3600";
            await context.Response.WriteAsync("half");
            return;
        }
        if (CacheControl is not null)
            context.Response.Headers.CacheControl = CacheControl;
        if (!HasFirewall)
        {
            await next(context);
            return;
        }
        Stream network = context.Response.Body;
        using var content = new MemoryStream();
        context.Response.Body = content;
        await next(context);
        context.Response.Body = network;
        if (content.GetBuffer().AsSpan(0, (int)Math.Min(content.Length, 2)).SequenceEqual("MZ"u8))
            context.Abort();
        else
            await network.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    private static void Serve(WebApplication app, string path, string directory)
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".dll"] = "application/octet-stream";
        app.UseStaticFiles(new StaticFileOptions
        {
            RequestPath = path,
            FileProvider = new PhysicalFileProvider(directory),
            ContentTypeProvider = types,
        });
    }
}

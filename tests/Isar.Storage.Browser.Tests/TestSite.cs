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
/// of cases under <c>/page</c>.
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

    /// <summary>Gets the address of the empty page.</summary>
    public string Url => _app.Urls.Single() + "/";

    public static async Task<TestSite> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        var site = new TestSite(app);
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

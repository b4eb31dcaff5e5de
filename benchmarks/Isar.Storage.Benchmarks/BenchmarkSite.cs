using System.Net.Mime;
using System.Reflection;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Benchmarks;

/// <summary>
/// Serves the page of the benchmarks, our client and worker, and the libraries that they are compared with; takes what the page tells. The
/// page is cross-origin isolated: some of the others need that, clocks are finer, and the browser tells how much memory it takes.
/// </summary>
internal sealed class BenchmarkSite : IAsyncDisposable
{
    private static readonly string _root = typeof(BenchmarkSite).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>A script that does not load tells nobody by itself.</summary>
    private const string Html = """
        <!doctype html>
        <title>Benchmark</title>
        <script>
          const fail = error => fetch('/messages', {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ kind: 'end', error }),
          });
        </script>
        <script type="module" src="/pages/benchmarkPage.js" onerror="fail('the scripts of the page could not be loaded')"></script>
        """;

    private readonly WebApplication _app;
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>();

    private BenchmarkSite(WebApplication app) => _app = app;

    /// <summary>Gets the address of the page.</summary>
    public string Url => _app.Urls.Single() + "/";

    public ChannelReader<Message> Messages => _messages.Reader;

    /// <summary>Gets or sets the browser whose memory the page may ask for.</summary>
    public BrowserProcess? Browser { get; set; }

    public static async Task<BenchmarkSite> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        var site = new BenchmarkSite(app);
        app.Use(async (context, next) =>
        {
            context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            context.Response.Headers["Cross-Origin-Embedder-Policy"] = "require-corp";
            await next(context);
        });
        Serve(app, "/isar", Path.Combine(_root, "Client", "wwwroot"));
        Serve(app, "/pages", Path.Combine(_root, "artifacts", "benchmarks"));
        Serve(app, "/worker", Path.Combine(_root, "artifacts", "benchmarks-worker"));
        // The engine is the one that our worker is built with; the rest is installed beside this project.
        Serve(app, "/npm/@sqlite.org", Path.Combine(_root, "node_modules", "@sqlite.org"));
        Serve(app, "/npm/@journeyapps", Path.Combine(_root, "benchmarks", "node_modules", "@journeyapps"));
        app.Run(site.AnswerAsync);
        await app.StartAsync();
        return site;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/":
                context.Response.ContentType = MediaTypeNames.Text.Html;
                await context.Response.WriteAsync(Html);
                break;
            case "/messages":
                await _messages.Writer.WriteAsync((await context.Request.ReadFromJsonAsync<Message>())!);
                break;
            case "/memory":
                await context.Response.WriteAsJsonAsync(new { mebibytes = Browser?.ReadMemory() });
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static void Serve(WebApplication app, string path, string directory)
    {
        if (!Directory.Exists(directory))
            return;
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".mjs"] = MediaTypeNames.Text.JavaScript;
        app.UseStaticFiles(new StaticFileOptions
        {
            RequestPath = path,
            FileProvider = new PhysicalFileProvider(directory),
            ContentTypeProvider = types,
        });
    }
}

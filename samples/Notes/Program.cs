using System.Net.Sockets;
using Isar.Storage.Samples.Notes;
using Microsoft.AspNetCore.Connections;

if (!Arguments.TryParse(args, out Arguments? arguments, out string? problem))
    return Fail(problem);
if (arguments.Help)
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

// Not the current directory: the app can be started from anywhere.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
builder.Logging.SetMinimumLevel(LogLevel.Warning);
// A start that fails is told below, in one line.
builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(arguments.Port));
// Only an app in development finds the files of its packages by itself before it is published.
builder.WebHost.UseStaticWebAssets();

await using WebApplication app = builder.Build();
app.UseDefaultFiles();
app.UseRouting();
app.MapStaticAssets();

try
{
    await app.StartAsync();
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    return Fail($"Port {arguments.Port} is in use; choose another with --port N.");
}
catch (Exception e) when (e is IOException or SocketException)
{
    return Fail($"Port {arguments.Port} cannot be opened: {e.Message} Choose another with --port N.");
}

Console.WriteLine($"Notes is at http://localhost:{arguments.Port}");
Console.Write(ServedFiles.Describe(app.Environment.WebRootFileProvider));
Console.WriteLine("Press Ctrl+C to stop.");
await app.WaitForShutdownAsync();
return 0;

static int Fail(string problem)
{
    Console.Error.WriteLine(problem);
    return 1;
}

using System.Security.Cryptography;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>The worker's files can be served from anywhere, and a browser that has them asks for little.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class DeploymentTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private const string Start = "await open(); assertEqual(await value('SELECT 1'), 1); storage.stop(); globalThis.storage = undefined;";

    [Fact]
    public async Task Behind_a_firewall_a_second_start_asks_for_scripts_only_and_a_third_does_without_the_server()
    {
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestSite site = await TestSite.StartAsync();
        try
        {
            site.HasFirewall = true;
            site.CacheControl = "no-cache";
            TestPage page = await TestPage.OpenAsync(browser, site.Url, "opfs", StorageDirectory);
            await page.RunAsync(Start);

            site.Requests.Clear();
            await page.ReloadAsync();
            await page.RunAsync(Start);
            Assert.Equal(
                ["/isar/isar-client.js", "/isar/isar-dotnet.js", "/isar/isar-worker.js"],
                site.Requests.Where(path => path.StartsWith("/isar/", StringComparison.Ordinal)).Order());

            site.CacheControl = "max-age=3600";
            await page.RunAsync(Start);
            await site.DisposeAsync();
            await page.RunAsync(Start);
        }
        finally
        {
            await site.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_extension_of_the_browser_starts_it_and_keeps_what_is_stored()
    {
        string extension = Path.Combine(Profile, "extension");
        Copy(BuiltFiles.ClientDirectory, Path.Combine(extension, "isar"));
        Copy(BuiltFiles.ScriptDirectory, Path.Combine(extension, "test"));
        await File.WriteAllTextAsync(Path.Combine(extension, "page.html"), "<!doctype html><title>Extension</title>");
        await File.WriteAllTextAsync(Path.Combine(extension, "manifest.json"), """
            {
              "manifest_version": 3, "name": "Test", "version": "1",
              "content_security_policy": { "extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" }
            }
            """);
        // https://developer.chrome.com/docs/extensions/reference/manifest/key: without a key, the id comes from the directory.
        string id = string.Concat(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(extension)))[..32]
            .Select(digit => (char)('a' + Convert.ToInt32(digit.ToString(), 16))));
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(
            Path.Combine(Profile, "profile"), $"--load-extension={extension}", $"--disable-extensions-except={extension}");
        TestPage page = await TestPage.OpenAsync(browser, $"chrome-extension://{id}/page.html", "opfs", StorageDirectory);
        await page.RunAsync("await open(); await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (7)');");
        await page.ReloadAsync();
        await page.RunAsync("await open(); assertEqual(await value('SELECT x FROM t'), 7);");
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}

using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A client of WebKit's
/// <see href="https://github.com/WebKit/WebKit/tree/main/Source/JavaScriptCore/inspector/protocol">inspector protocol</see>, for one page.
/// What is for the page travels inside messages to and from the page's target.
/// </summary>
internal sealed class WebKitInspector : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly TaskCompletionSource<string> _target = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _answers = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonNode>> _events = [];
    private Task _reading = Task.CompletedTask;
    private int _last;

    private WebKitInspector()
    {
    }

    public static async Task<WebKitInspector> ConnectAsync(Uri address)
    {
        using var timer = new CancellationTokenSource(ChromiumBrowser.Patience);
        var inspector = new WebKitInspector();
        await inspector._socket.ConnectAsync(address, timer.Token);
        inspector._reading = inspector.ReadAsync();
        await inspector._target.Task.WaitAsync(timer.Token);
        return inspector;
    }

    /// <summary>Sends a command to the page and waits for its result.</summary>
    /// <exception cref="InvalidOperationException">The command failed, or the script that it ran threw.</exception>
    public async Task<JsonNode> CallAsync(string method, JsonObject parameters, TimeSpan? patience = null)
    {
        JsonNode answer = await (await SendAsync(method, parameters)).WaitAsync(patience ?? ChromiumBrowser.Patience);
        if (answer["error"] is { } error)
            throw new InvalidOperationException($"{method} failed: {error["message"]}");
        JsonNode result = answer["result"]!;
        return result["wasThrown"]?.GetValue<bool>() != true
            ? result
            : throw new InvalidOperationException($"The script threw {result["result"]!["description"] ?? result["result"]!["value"]}");
    }

    /// <summary>Sends a command to the page.</summary>
    /// <returns>The answer to come.</returns>
    public async Task<Task<JsonNode>> SendAsync(string method, JsonObject parameters)
    {
        int id = Interlocked.Increment(ref _last);
        TaskCompletionSource<JsonNode> answer = _answers[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        var message = new JsonObject
        {
            ["id"] = id,
            ["method"] = "Target.sendMessageToTarget",
            ["params"] = new JsonObject { ["targetId"] = await _target.Task, ["message"] = command.ToJsonString() },
        };
        using var timer = new CancellationTokenSource(ChromiumBrowser.Patience);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, timer.Token);
        return answer.Task;
    }

    /// <summary>Waits for the next event of a name.</summary>
    public Task NextAsync(string name) =>
        _events.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(ChromiumBrowser.Patience);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
    }

    private async Task ReadAsync()
    {
        Exception end = new InvalidOperationException("The browser has closed the connection.");
        try
        {
            while (await ReceiveAsync() is { } message)
                Take(message);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            end = e;
        }
        _target.TrySetException(end);
        foreach (TaskCompletionSource<JsonNode> waiting in _answers.Values.Concat(_events.Values))
            waiting.TrySetException(end);
    }

    private async Task<JsonNode?> ReceiveAsync()
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonNode.Parse(message.ToArray());
        }
    }

    private void Take(JsonNode message)
    {
        switch ($"{message["method"]}")
        {
            case "Target.targetCreated":
                _target.TrySetResult($"{message["params"]!["targetInfo"]!["targetId"]}");
                break;
            case "Target.dispatchMessageFromTarget":
                JsonNode inner = JsonNode.Parse($"{message["params"]!["message"]}")!;
                if (inner["id"] is { } id && _answers.TryRemove(id.GetValue<int>(), out TaskCompletionSource<JsonNode>? answer))
                    answer.TrySetResult(inner);
                else if (_events.TryRemove($"{inner["method"]}", out TaskCompletionSource<JsonNode>? happened))
                    happened.TrySetResult(inner);
                break;
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Isar.Storage.Browser.Tests;

/// <summary>Ports of this machine, for programs that cannot choose one themselves.</summary>
internal static class Loopback
{
    /// <summary>Finds a port that nobody uses now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

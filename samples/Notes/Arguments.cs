using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Isar.Storage.Samples.Notes;

/// <summary>What the command line says.</summary>
internal sealed record Arguments(int Port, bool Help)
{
    public const string Usage = """
        Serves the Notes sample on this machine.

        Options:
          --port N   the port, 1 to 65535 (default 5080)
          --help     shows this text
        """;

    private const int DefaultPort = 5080;
    private const int MaxPort = 65535;

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = null;
        problem = null;
        int port = DefaultPort;
        bool help = false;
        for (int i = 0; i < args.Length && problem is null; i++)
        {
            switch (args[i])
            {
                case "--help" or "-h":
                    help = true;
                    break;
                case "--port":
                    problem = ReadPort(i + 1 < args.Length ? args[++i] : "", out port);
                    break;
                case string argument when argument.StartsWith("--port=", StringComparison.Ordinal):
                    problem = ReadPort(argument["--port=".Length..], out port);
                    break;
                default:
                    problem = $"Unknown option \"{args[i]}\"; there is --port N and --help.";
                    break;
            }
        }

        if (problem is not null)
            return false;
        arguments = new Arguments(port, help);
        return true;
    }

    private static string? ReadPort(string text, out int port)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= MaxPort
            ? null
            : $"\"{text}\" is no port; --port takes a number from 1 to {MaxPort}.";
}

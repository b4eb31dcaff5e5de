using System.Text;

namespace Isar.Storage.Client;

/// <summary>Texts as UTF-8, which cannot express half of a surrogate pair: on the way to JavaScript it would silently become U+FFFD.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding _encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="text">The text.</param>
    /// <param name="label">What to call it in an error.</param>
    /// <exception cref="InvalidOperationException">The text holds half of a surrogate pair.</exception>
    public static int CountBytes(ReadOnlySpan<char> text, string label)
    {
        try
        {
            return _encoding.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new InvalidOperationException($"{label} is a text with half of a surrogate pair, which cannot be stored as UTF-8.", e);
        }
    }

    /// <summary>Writes a text whose bytes were counted.</summary>
    public static void Write(ReadOnlySpan<char> text, Span<byte> target) => _encoding.GetBytes(text, target);

    /// <returns>The text, or <see langword="null"/> when the bytes are not valid UTF-8.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

namespace Isar.Storage.Browser;

/// <summary>A failure that knows what the page is to be told.</summary>
internal sealed class RequestException(ErrorMessage error, Exception? cause = null) : Exception(error.Message, cause)
{
    public ErrorMessage Error => error;
}

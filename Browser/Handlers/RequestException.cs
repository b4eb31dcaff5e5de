namespace Isar.Storage.Browser;

/// <summary>A failure with the error that the page gets.</summary>
internal sealed class RequestException(ErrorMessage error, Exception? cause = null) : Exception(error.Message, cause)
{
    public ErrorMessage Error => error;
}

using Isar.Storage.Backends.Native;
using Xunit;

namespace Isar.Storage.Tests.Backends;

/// <summary>Errors that cannot be brought about everywhere; the others are met for real in <see cref="NativeBackendTests"/>.</summary>
public sealed class NativeErrorsTests
{
    private static readonly string _missing = Path.Combine(Path.GetTempPath(), "isar-storage-missing");

    [Theory]
    [InlineData(1, StorageErrorKind.PermissionDenied)]
    [InlineData(2, StorageErrorKind.NotFound)]
    [InlineData(5, StorageErrorKind.Io)]
    [InlineData(13, StorageErrorKind.PermissionDenied)]
    [InlineData(16, StorageErrorKind.Busy)]
    [InlineData(20, StorageErrorKind.NotFound)]
    [InlineData(26, StorageErrorKind.Busy)]
    [InlineData(27, StorageErrorKind.Full)]
    [InlineData(28, StorageErrorKind.Full)]
    [InlineData(30, StorageErrorKind.ReadOnly)]
    [InlineData(0x80070013, StorageErrorKind.ReadOnly)]
    [InlineData(0x80070020, StorageErrorKind.Busy)]
    [InlineData(0x80070021, StorageErrorKind.Busy)]
    [InlineData(0x80070027, StorageErrorKind.Full)]
    [InlineData(0x80070070, StorageErrorKind.Full)]
    [InlineData(0x800700DF, StorageErrorKind.Full)]
    [InlineData(0x8007050F, StorageErrorKind.Full)]
    [InlineData(0x80131620, StorageErrorKind.Io)]
    public void An_error_code_has_a_kind(uint code, StorageErrorKind kind)
        => Assert.Equal(kind, KindOf(new IOException("text", unchecked((int)code))));

    [Fact]
    public void Codes_that_differ_between_systems_have_a_kind()
    {
        bool isLinux = OperatingSystem.IsLinux();
        Assert.Equal(StorageErrorKind.Busy, KindOf(new IOException("EWOULDBLOCK", isLinux ? 11 : 35)));
        Assert.Equal(StorageErrorKind.Full, KindOf(new IOException("EDQUOT", isLinux ? 122 : 69)));
    }

    [Theory]
    [InlineData(22)]
    [InlineData(37)]
    [InlineData(38)]
    [InlineData(95)]
    public void A_file_system_without_locks_is_unavailable(int code)
    {
        if (!OperatingSystem.IsLinux())
            return;
        StorageException failure = NativeErrors.TranslateLock(new IOException("text", code), _missing);
        Assert.Equal(StorageErrorKind.Unavailable, failure.Kind);
        Assert.Contains(_missing, failure.Message, StringComparison.Ordinal);
        Assert.NotEqual(StorageErrorKind.Unavailable, KindOf(new IOException("text", code)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(35)]
    public void Other_errors_of_locks_are_errors_of_input_and_output(int code)
    {
        if (OperatingSystem.IsLinux())
            Assert.Equal(StorageErrorKind.Io, NativeErrors.TranslateLock(new IOException("text", code), _missing).Kind);
    }

    [Fact]
    public void An_exception_has_a_kind()
    {
        Assert.Equal(StorageErrorKind.NotFound, KindOf(new FileNotFoundException()));
        Assert.Equal(StorageErrorKind.NotFound, KindOf(new DirectoryNotFoundException()));
        Assert.Equal(StorageErrorKind.PathInvalid, KindOf(new PathTooLongException()));
        Assert.Equal(StorageErrorKind.PermissionDenied, KindOf(new UnauthorizedAccessException()));
        Assert.Equal(StorageErrorKind.NotAFile, NativeErrors.Translate(new UnauthorizedAccessException(), "open", Path.GetTempPath()).Kind);
        Assert.Equal(StorageErrorKind.NotAFile, KindOf(new NotSupportedException()));
        Assert.Equal(StorageErrorKind.Full, KindOf(new ArgumentOutOfRangeException("value")));
    }

    /// <summary>Mistakes of the program stay what they are.</summary>
    [Fact]
    public void Other_exceptions_are_none_of_its_business()
    {
        Assert.False(NativeErrors.IsPlatformError(new ArgumentOutOfRangeException("fileOffset")));
        Assert.False(NativeErrors.IsPlatformError(new ObjectDisposedException("file")));
        Assert.False(NativeErrors.IsPlatformError(new NullReferenceException()));
        Assert.False(NativeErrors.IsPlatformError(new StorageException(StorageErrorKind.NotAFile, "text")));
    }

    [Fact]
    public void The_message_says_what_with_what_and_what_to_do()
    {
        IOException error = new("text", 28);
        StorageException full = NativeErrors.Translate(error, "write", _missing);
        Assert.StartsWith($"Cannot write \"{_missing}\": the disk is full", full.Message, StringComparison.Ordinal);
        Assert.EndsWith("Make space.", full.Message, StringComparison.Ordinal);
        Assert.Same(error, full.InnerException);
    }

    private static StorageErrorKind KindOf(Exception error)
    {
        Assert.True(NativeErrors.IsPlatformError(error));
        return NativeErrors.Translate(error, "open", _missing).Kind;
    }
}

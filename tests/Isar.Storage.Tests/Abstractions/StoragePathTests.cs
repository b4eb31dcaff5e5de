using Xunit;

namespace Isar.Storage.Tests.Abstractions;

public sealed class StoragePathTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("notes.db")]
    [InlineData("notes.db-journal")]
    [InlineData("data/deep/er/notes.db")]
    [InlineData(".hidden")]
    [InlineData("...a")]
    [InlineData("a..b")]
    [InlineData(" leading space")]
    [InlineData("it's a; name=odd, 100% & #1.db")]
    [InlineData("Straße/数据 ☃.db")]
    [InlineData("😀.db")]
    public void A_valid_path_is_kept_as_it_is(string text)
    {
        var path = StoragePath.Parse(text);
        Assert.Equal(text, path.Value);
        Assert.Equal(text, path.ToString());
        Assert.True(StoragePath.TryParse(text, out StoragePath tried));
        Assert.Equal(path, tried);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/a", "relative")]
    [InlineData("/", "relative")]
    [InlineData("a/", "empty segment")]
    [InlineData("a//b", "empty segment")]
    [InlineData(".", "segment .")]
    [InlineData("a/./b", "segment .")]
    [InlineData("..", "segment ..")]
    [InlineData("../a", "segment ..")]
    [InlineData("a/../b", "segment ..")]
    [InlineData("a/..", "segment ..")]
    [InlineData("a\\b", "contains \\")]
    [InlineData("C:a", "contains :")]
    [InlineData("a*", "contains *")]
    [InlineData("a?", "contains ?")]
    [InlineData("a\"b", "contains \"")]
    [InlineData("a<b", "contains <")]
    [InlineData("a>b", "contains >")]
    [InlineData("a|b", "contains |")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u007f", "U+007F")]
    [InlineData("a\u0085", "U+0085")]
    [InlineData("a\uFFFD.db", "U+FFFD, which stands for bytes that are not UTF-8")]
    [InlineData("a.", "ends in a dot")]
    [InlineData("...", "ends in a dot")]
    [InlineData("a /b", "ends in a dot or a space")]
    [InlineData("a./b", "ends in a dot")]
    public void A_path_that_breaks_a_rule_is_refused_by_its_name(string text, string rule)
    {
        StorageException refused = Assert.Throws<StorageException>(() => StoragePath.Parse(text));
        Assert.Equal(StorageErrorKind.PathInvalid, refused.Kind);
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Message, char.IsControl);
        Assert.False(StoragePath.TryParse(text, out StoragePath path));
        Assert.Equal(default, path);
    }

    /// <summary>Not in a theory: test runners write arguments as UTF-8, in which half a pair does not exist.</summary>
    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        foreach (string text in (string[])["\ud83d", "a\ude00b", "\ude00\ud83d"])
        {
            Assert.False(StoragePath.TryParse(text, out _));
            Assert.Contains("surrogate", Assert.Throws<StorageException>(() => StoragePath.Parse(text)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_length_is_limited_in_bytes()
    {
        Assert.True(StoragePath.TryParse(new string('a', StoragePath.MaxBytes), out _));
        Assert.False(StoragePath.TryParse(new string('a', StoragePath.MaxBytes + 1), out _));
        Assert.True(StoragePath.TryParse(new string('ß', StoragePath.MaxBytes / 2), out _));
        Assert.False(StoragePath.TryParse(new string('ß', (StoragePath.MaxBytes / 2) + 1), out _));
    }

    [Fact]
    public void No_text_is_no_path()
    {
        Assert.False(StoragePath.TryParse(null, out _));
        Assert.Throws<ArgumentNullException>(() => StoragePath.Parse(null!));
    }

    [Fact]
    public void Paths_are_compared_ordinally()
    {
        Assert.Equal(StoragePath.Parse("a.db"), StoragePath.Parse("a.db"));
        Assert.NotEqual(StoragePath.Parse("a.db"), StoragePath.Parse("A.db"));
        // One letter, composed and decomposed.
        Assert.NotEqual(StoragePath.Parse("\u00e9"), StoragePath.Parse("e\u0301"));
    }

    [Fact]
    public void The_default_names_no_file()
    {
        Assert.Throws<InvalidOperationException>(() => default(StoragePath).Value);
        Assert.Equal("", default(StoragePath).ToString());
    }
}

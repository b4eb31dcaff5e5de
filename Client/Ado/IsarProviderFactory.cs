using System.Data.Common;

namespace Isar.Storage;

/// <summary>
/// Makes the objects of this provider for code that knows only <see cref="DbProviderFactory"/>. Resolve it from the services, or take
/// <see cref="IsarStorageClient.ProviderFactory"/>.
/// </summary>
public sealed class IsarProviderFactory : DbProviderFactory
{
    private readonly IsarStorageClient _client;

    internal IsarProviderFactory(IsarStorageClient client) => _client = client;

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new IsarCommand();

    /// <summary>Makes a connection without a database; set its connection string.</summary>
    public override DbConnection CreateConnection() => new IsarConnection(_client, new IsarConnectionStringBuilder());

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new IsarConnectionStringBuilder();

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new IsarParameter();
}

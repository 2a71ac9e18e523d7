using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// The PostgreSQL that this process uses: the one that <c>ConnectionStrings__Cohorts</c> names, else a private one that is started, or
/// joined where another process of this program runs it already.
/// </summary>
public sealed class DatabaseServer : IAsyncDisposable
{
    public const string DatabaseName = "cohorts";

    private readonly PrivatePostgres? _private;

    private DatabaseServer(string connectionString, PrivatePostgres? own) => (ConnectionString, _private) = (connectionString, own);

    /// <summary>Holds a password: for clients of the database only, never for a log or a message.</summary>
    public string ConnectionString { get; }

    /// <summary>Reaches the server, and names in it the database to use.</summary>
    /// <param name="databaseName">The database on a private server; a configured connection string names its own.</param>
    public static async Task<DatabaseServer> ReachAsync(IConfiguration configuration, string databaseName, CancellationToken cancellation)
    {
        if (configuration.GetConnectionString("Cohorts") is { Length: > 0 } configured)
            return new DatabaseServer(configured, own: null);
        var own = await PrivatePostgres.StartOrJoinAsync(cancellation);
        return new DatabaseServer(own.ConnectionString(databaseName), own);
    }

    public Task MigrateAsync(ILogger log, CancellationToken cancellation) => Migrations.MigrateAsync(ConnectionString, log, cancellation);

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_private is not null)
            await _private.DisposeAsync();
    }
}

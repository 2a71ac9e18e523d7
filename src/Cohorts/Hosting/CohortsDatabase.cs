using Dapper;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// The PostgreSQL that this process uses: the one that <c>ConnectionStrings__Cohorts</c> names, else a private one that is started, or
/// joined where another process of this program runs it already.
/// </summary>
public sealed class CohortsDatabase : IAsyncDisposable
{
    private const string DefaultName = "cohorts";

    private readonly DataFolder? _folder;
    private PrivatePostgres? _private;

    private CohortsDatabase(string connectionString, PrivatePostgres? own, DataFolder? folder = null) =>
        (ConnectionString, _private, _folder) = (connectionString, own, folder);

    /// <summary>Whether its server is this program's to start.</summary>
    public bool IsPrivate => _private is not null;

    /// <summary>Holds a password: for clients of the database only, never for a log or a message.</summary>
    public string ConnectionString { get; }

    /// <summary>Free bytes on the disk of the private server; null of any other.</summary>
    public long? FreeBytes => _folder is null ? null : new DriveInfo(_folder.Path).AvailableFreeSpace;

    /// <summary>Reaches the server, and names in it the database to use.</summary>
    public static async Task<CohortsDatabase> ReachAsync(IConfiguration configuration, CancellationToken cancellation)
    {
        if (Settings.ConnectionString(configuration) is { } configured)
            return new CohortsDatabase(configured, own: null);
        return await ReachPrivateAsync(configuration, DefaultName, cancellation);
    }

    /// <summary>A database of the private server, dropped if it is there; the migrations make it.</summary>
    public static async Task<CohortsDatabase> MakeAnewAsync(IConfiguration configuration, string name, CancellationToken cancellation)
    {
        var database = await ReachPrivateAsync(configuration, name, cancellation);
        try
        {
            var server = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres", Pooling = false };
            await using var connection = new NpgsqlConnection(server.ConnectionString);
            await connection.OpenAsync(cancellation);
            await connection.ExecuteAsync(
                new CommandDefinition($"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)", cancellationToken: cancellation));
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static async Task<CohortsDatabase> ReachPrivateAsync(IConfiguration configuration, string databaseName, CancellationToken cancellation)
    {
        var folder = DataFolder.Locate(configuration["COHORTS_DATA"]);
        var own = await PrivatePostgres.StartOrJoinAsync(folder, new ToStandardError(), cancellation);
        return new CohortsDatabase(own.ConnectionString(databaseName), own, folder);
    }

    public Task MigrateAsync(ILogger log, CancellationToken cancellation) => Migrations.MigrateAsync(ConnectionString, log, cancellation);

    /// <summary>Starts the private server where it has ended.</summary>
    /// <returns>False where it runs.</returns>
    /// <exception cref="PrivatePostgresException">It does not start.</exception>
    public async Task<bool> StartAgainAsync(CancellationToken cancellation)
    {
        if (_private is not { IsRunning: false } ended)
            return false;
        var again = await PrivatePostgres.StartOrJoinAsync(_folder!, progress: null, cancellation);
        if (again.Port != ended.Port)
        {
            await again.DisposeAsync();
            throw new PrivatePostgresException(
                $"PostgreSQL was started again at port {again.Port}, because another program has its port {ended.Port}: restart this process.");
        }

        _private = again;
        await ended.DisposeAsync();
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_private is not null)
            await _private.DisposeAsync();
    }

    /// <summary>Making a database, and above all fetching PostgreSQL, takes longer than a person waits without a word.</summary>
    private sealed class ToStandardError : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine(value + " …");
    }
}

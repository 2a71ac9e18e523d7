using System.Diagnostics.CodeAnalysis;
using Dapper;
using Npgsql;

namespace Cohorts.SystemTests.Bot;

/// <summary>
/// A running PostgreSQL with one imported cohort, January 2027, of 60 people. Each test copies the database, and has servers and a
/// Discord of its own.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it through IAsyncLifetime.")]
public sealed class BotGround : IAsyncLifetime
{
    public const string Cohort = "January 2027";
    public const int People = 60;

    private readonly SemaphoreSlim _oneCopyAtATime = new(1);
    private int _copies;

    internal ProgramFolder Folder { get; } = new();

    /// <summary>Of the imported cohort, in every copy.</summary>
    internal int CohortId { get; private set; }

    public async Task InitializeAsync()
    {
        await Folder.InitializeAsync();
        CohortId = await Folder.ImportAsync(Cohort, People);
        // A database that is copied has nobody in it.
        Folder.Database.Clear();
    }

    public Task DisposeAsync() => Folder.DisposeAsync();

    /// <returns>How to connect to a new copy of the database.</returns>
    internal async Task<string> CopyAsync()
    {
        await _oneCopyAtATime.WaitAsync();
        try
        {
            var name = $"copy_{++_copies}";
            var original = new NpgsqlConnectionStringBuilder(Folder.ConnectionString) { Pooling = false };
            var copy = new NpgsqlConnectionStringBuilder(original.ConnectionString) { Database = name, Pooling = true };
            original.Database = "postgres";
            await using var connection = new NpgsqlConnection(original.ConnectionString);
            await connection.OpenAsync();
            await connection.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE cohorts");
            return copy.ConnectionString;
        }
        finally
        {
            _oneCopyAtATime.Release();
        }
    }
}

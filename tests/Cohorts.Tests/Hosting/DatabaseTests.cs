using Cohorts.Hosting;
using Dapper;
using Npgsql;

namespace Cohorts.Tests.Hosting;

public sealed class DatabaseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData(null, "30s")]
    [InlineData("-c idle_in_transaction_session_timeout=2min", "2min")]
    [InlineData("-c work_mem=5MB", "30s")]
    public async Task A_session_that_is_left_in_a_transaction_has_a_limit(string? options, string limit)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = options };
        await using var source = Database.Open(connectionString.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();

        Assert.Equal(limit, await connection.ExecuteScalarAsync<string>("SHOW idle_in_transaction_session_timeout"));
    }

    [Fact]
    public async Task Who_waits_for_a_row_that_a_paused_process_holds_gets_it()
    {
        await database.ExecuteAsync("CREATE TABLE held (id int); INSERT INTO held VALUES (1)");
        var connectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c idle_in_transaction_session_timeout=1s" };
        await using var source = Database.Open(connectionString.ConnectionString);
        await using var paused = await source.OpenConnectionAsync();
        await using var left = await paused.BeginTransactionAsync();
        await paused.ExecuteAsync("SELECT 1 FROM held FOR UPDATE");

        await using var next = await source.OpenConnectionAsync();

        Assert.Equal(1, await next.ExecuteAsync("UPDATE held SET id = 2"));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => left.CommitAsync());
    }
}

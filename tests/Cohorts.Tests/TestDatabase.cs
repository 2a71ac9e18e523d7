using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Cohorts.Tests;

/// <summary>
/// A database of a test class's own, as the migrations leave it: <c>IClassFixture&lt;TestDatabase&gt;</c>. Cloned from a
/// template, so that it is there in a few hundredths of a second; dropped when the class is done.
/// </summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private TestServer server = null!;
    private string name = null!;
    private NpgsqlDataSource dataSource = null!;
    private DateTime startedAt;

    /// <summary>For what is given a connection string; pooled.</summary>
    public string ConnectionString { get; private set; } = null!;

    public NpgsqlDataSource DataSource => dataSource;

    public async Task InitializeAsync()
    {
        server = await TestServer.GetAsync();
        await UseAsync(await server.CloneTemplateAsync());
    }

    public async Task DisposeAsync()
    {
        await dataSource.DisposeAsync();
        await server.DropAsync(name);
    }

    /// <summary>An empty database without any table, for tests of the migrations; the caller disposes of it.</summary>
    public static async Task<TestDatabase> EmptyAsync()
    {
        var database = new TestDatabase { server = await TestServer.GetAsync() };
        await database.UseAsync(await database.server.CreateEmptyAsync());
        return database;
    }

    /// <summary>Runs statements as they stand, several if separated by semicolons.</summary>
    public async Task ExecuteAsync(string sql)
    {
#pragma warning disable CA2100 // Text of the tests.
        await using var command = dataSource.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// The rows of the tables as a snapshot shows them: by primary key, columns in the table's order, without those that are
    /// null. A time within this fixture's life reads <c>now</c>; all others stand as they are, in UTC.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object>>>> RowsAsync(
        params string[] tables)
    {
        var rows = new Dictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object>>>();
        foreach (var table in tables)
            rows.Add(table, await RowsOfAsync(table));
        return rows;
    }

    private async Task UseAsync(string database)
    {
        name = database;
        ConnectionString = server.ConnectionStringOf(database);
        dataSource = NpgsqlDataSource.Create(ConnectionString);
        startedAt = await NowAsync();
    }

    private async Task<List<IReadOnlyDictionary<string, object>>> RowsOfAsync(string table)
    {
        var now = await NowAsync();
        var times = new HashSet<string>(await TextsAsync(
            """
            SELECT column_name
            FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = $1 AND data_type = 'timestamp with time zone'
            """,
            table));
        var key = await TextsAsync(
            """
            SELECT quote_ident(a.attname)
            FROM pg_index i
            CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS part (number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.number
            WHERE i.indisprimary AND i.indrelid = to_regclass($1)
            ORDER BY part.place
            """,
            table);

        // As JSON, because that keeps the columns' order and knows every type, enumerations made a moment ago too.
        await using var connection = await dataSource.OpenConnectionAsync();
        await using (var zone = new NpgsqlCommand("SET TimeZone TO 'UTC'", connection))
            await zone.ExecuteNonQueryAsync();
#pragma warning disable CA2100 // A table's name, given by a test.
        await using var query = new NpgsqlCommand(
            $"SELECT row_to_json(t)::text FROM {table} AS t ORDER BY {string.Join(", ", key)}", connection);
#pragma warning restore CA2100
        await using var reader = await query.ExecuteReaderAsync();
        var rows = new List<IReadOnlyDictionary<string, object>>();
        while (await reader.ReadAsync())
        {
            using var row = JsonDocument.Parse(reader.GetString(0));
            rows.Add(row.RootElement.EnumerateObject()
                .Where(column => column.Value.ValueKind != JsonValueKind.Null)
                .ToDictionary(
                    column => column.Name,
                    column => times.Contains(column.Name) ? Readable(column.Value.GetDateTimeOffset(), now) : Plain(column.Value)!));
        }

        return rows;
    }

    private string Readable(DateTimeOffset time, DateTime now) => time.UtcDateTime >= startedAt && time.UtcDateTime <= now
        ? "now"
        : time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    private static object? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(member => member.Name, member => Plain(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.Number when value.TryGetInt64(out var integer) => integer,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Null => null,
        _ => value.GetString(),
    };

    private async Task<DateTime> NowAsync()
    {
        await using var query = dataSource.CreateCommand("SELECT clock_timestamp()");
        return (DateTime)(await query.ExecuteScalarAsync())!;
    }

    private async Task<List<string>> TextsAsync(string sql, string parameter)
    {
#pragma warning disable CA2100 // Constant texts of this class.
        await using var query = dataSource.CreateCommand(sql);
#pragma warning restore CA2100
        query.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await query.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
            texts.Add(reader.GetString(0));
        return texts;
    }
}

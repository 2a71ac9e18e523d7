using Cohorts.SystemTests.Bot;
using Dapper;
using Npgsql;

namespace Cohorts.SystemTests.Weather;

/// <summary>The database answers late: another session holds tables, or it ends queries that take long.</summary>
public sealed class SlowDatabaseTests(SharedGround shared) : IClassFixture<SharedGround>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Where_tables_are_held_people_are_told_at_once_heartbeats_go_on_and_runs_wait_for_them()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.HurryAsync(50);
        await world.Discord.BeatAsync(seconds: 1);
        var server = await world.ServeAndConnectAsync();
        var cohort = await RealizeTests.AddGroupsAsync(world, groups: 2, absent: null);

        // As a migration or a repair by hand holds them; the event of a member makes the gateway's session want to be stored.
        await using (await HoldAsync(world.ConnectionString, "gateway_sessions", "groups", "groups_users"))
        {
            await world.Discord.JoinAsync(world.Guild, "990000000000000002");
            var sent = await world.Discord.SendAsync(world.Guild, world.Administrator, "realize-groups", new { cohort }, wait: 0);
            await Eventually.HoldsAsync("it is acknowledged while the session cannot be stored", Patience, async () =>
                (await world.Discord.AnswersAsync(world.Guild)).ContainsKey(sent.InteractionId), () => world.Logs);
            await Eventually.HoldsAsync("the run waits for the tables", Patience, async () =>
                await world.AskAsync<int>("SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%groups%' AND datname = current_database()") > 0);
            await using (await HoldAsync(world.ConnectionString, "interactions"))
            {
                // Whoever asks first uses up two of Discord's three seconds, which a busy machine may miss; whoever asks next does not wait.
                await Eventually.HoldsAsync("people are told", Patience, async () =>
                    (await world.Discord.SendAsync(world.Guild, world.Administrator, "list-cohorts", wait: 10)).Content
                        .StartsWith("The database does not answer at the moment", StringComparison.Ordinal), () => world.Logs);
            }
        }

        await Eventually.HoldsAsync("all groups are active", Patience, async () => await RealizeTests.ActiveAsync(world, cohort) == 2, () => world.Logs);
        Assert.False(server.HasEnded, world.Logs);
        Assert.Equal(1, await world.Discord.SessionsBegunAsync());
        var made = await world.Discord.MadeAsync();
        Assert.Equal(made.Distinct(), made);
    }

    [Fact]
    public async Task A_query_that_the_database_ends_fails_its_command_with_what_to_do()
    {
        var database = await shared.Ground.CopyAsync();
        var settings = new Dictionary<string, string> { ["ConnectionStrings__Cohorts"] = database + ";Options=-c statement_timeout=2s" };
        await using (await HoldAsync(database, "groups"))
        {
            await using var schedule = CohortsProgram.Begin(shared.Ground.Folder.Location, settings, "schedule", $"{shared.Ground.CohortId}");
            var ending = await schedule.EndAsync();

            Assert.Equal(1, ending.ExitCode);
            Assert.Contains("The database took too long; nothing was half-written", ending.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("Something went wrong", ending.Errors, StringComparison.Ordinal);
        }
    }

    /// <summary>Until it is disposed of, nobody reads or writes these tables.</summary>
    private static async Task<IAsyncDisposable> HoldAsync(string database, params string[] tables)
    {
        var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync($"BEGIN; LOCK TABLE {string.Join(", ", tables)} IN ACCESS EXCLUSIVE MODE");
        return connection;
    }
}

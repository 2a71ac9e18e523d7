using Cohorts.Domain;
using Cohorts.Features.AssignCohort;
using Cohorts.Grains;
using Cohorts.Tests.Features.RealizeGroups;
using Dapper;
using Assign = Cohorts.Features.AssignCohort.AssignCohort;

namespace Cohorts.Tests.Features.AssignCohort;

/// <summary>A cohort is given to a server, and moved to another.</summary>
public sealed class AssignCohortTests(Slices slices) : IClassFixture<Slices>
{
    private static readonly GuildId One = new(200000000000000001);
    private static readonly GuildId Two = new(200000000000000002);

    [Fact]
    public async Task One_without_a_server_is_given_one_another_is_moved_while_nothing_stands()
    {
        var cohort = await slices.AddCohortAsync("Given");

        var given = (await slices.SendAsync(new Assign.Command(cohort, One))).Result!;
        var again = (await slices.SendAsync(new Assign.Command(cohort, One))).Result!;
        var moved = (await slices.SendAsync(new Assign.Command(cohort, Two))).Result!;

        Assert.Equal([Assign.Change.Given, Assign.Change.None, Assign.Change.Moved], new[] { given, again, moved }.Select(r => r.Change));
        Assert.Equal([null, One, One], new[] { given, again, moved }.Select(r => r.Before));
        Assert.Equal(Two.ToString(), await AskAsync<string>("SELECT discord_guild_id FROM cohorts WHERE cohort_id = @cohort", new { cohort }));
        Assert.Contains("not been connected yet", Assert.Single(given.Warnings), StringComparison.Ordinal);
        Assert.Equal(RefusalReason.NoSuchCohort, (await slices.SendAsync(new Assign.Command(new CohortId(999_999), One))).Refusal!.Reason);
    }

    [Fact]
    public async Task While_a_run_is_at_work_it_is_refused_and_one_that_died_is_not_gone_on_with_elsewhere()
    {
        var cohort = await slices.AddCohortAsync("At work");
        await slices.SendAsync(new Assign.Command(cohort, One));
        var ledger = new RunLedger(slices.DataSource);
        var request = new RunRequest(Guid.NewGuid(), new Cohorts.Features.RealizeGroups.RealizeGroups.Command(cohort), "Olivia");
        var run = Assert.IsType<RunLedger.Opening.Fresh>(await ledger.OpenAsync(request, "a silo", _ => false, CancellationToken.None)).Run;

        var atWork = (await slices.SendAsync(new Assign.Command(cohort, Two, OldServer.Abandon))).Refusal!;
        Assert.StartsWith("Olivia has been at work on At work since", atWork.Message, StringComparison.Ordinal);

        await AskAsync<object>("UPDATE runs SET lease_until = now() - interval '1 second' WHERE run_id = @Id RETURNING 1", new { Id = run.Value });
        Assert.Single(await ledger.FindLeftAsync(cohort, CancellationToken.None));
        Assert.False((await slices.SendAsync(new Assign.Command(cohort, Two))).IsRefused);
        Assert.Empty(await ledger.FindLeftAsync(cohort, CancellationToken.None));
        Assert.Null(await ledger.FindLastCommandAsync(cohort, CancellationToken.None));
        Assert.Equal("interrupted", await AskAsync<string>("SELECT state FROM runs WHERE run_id = @Id", new { Id = run.Value }));
    }

    [Fact]
    public async Task One_that_is_realized_stays_unless_it_is_abandoned_and_is_made_anew_in_the_other_server_without_touching_the_first()
    {
        await using var world = await RealizeWorld.StartAsync();
        var (first, second) = (await world.FirstGuildAsync(), await world.NewGuildAsync(members: 10));
        var cohort = await world.AddCohortAsync(first, groups: 2, size: 3);
        await world.RealizeWellAsync(cohort);
        var there = new GuildId(ulong.Parse(second.Id, null));
        var told = (await world.StateAsync(first)).Told();

        var refused = (await world.Slices.SendAsync(new Assign.Command(cohort, there))).Refusal!;
        Assert.Contains("1 category, 4 channels, 4 events", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--abandon", refused.Message, StringComparison.Ordinal);
        Assert.Equal(first.Id, await world.AskAsync<string>("SELECT discord_guild_id FROM cohorts"));

        var moved = (await world.Slices.SendAsync(new Assign.Command(cohort, there, OldServer.Abandon))).Result!;
        Assert.Equal(new Assign.Standing(1, 4, 4), moved.Abandoned);
        await using (var connection = await world.Slices.DataSource.OpenConnectionAsync())
        {
            var rows = string.Join('\n', await connection.QueryAsync<string>(
                "SELECT cohorts::text FROM cohorts UNION ALL SELECT groups::text FROM groups UNION ALL SELECT groups_users::text FROM groups_users UNION ALL SELECT meetings::text FROM meetings"));
            var ids = (await world.StateAsync(first)).Channels.Concat((await world.StateAsync(first)).Events).Select(GuildState.Id).Append(first.Id);
            Assert.DoesNotContain(ids, id => rows.Contains(id, StringComparison.Ordinal));
        }

        // Whoever joins the first server gets into nothing there, and what is made now is as the first was.
        await world.ExecuteAsync("UPDATE users SET discord_id = (@Members::text[])[user_id]", new { Members = second.MemberIds.ToArray() });
        var made = await world.RealizeWellAsync(cohort);
        Assert.Equal((2, 0), (made.GroupsMade, made.GroupsRepaired));
        Assert.Equal(told, (await world.StateAsync(first)).Told());
        Assert.Equal(
            told.Select(t => t.Split(':')[0]).Where(t => !t.StartsWith("message", StringComparison.Ordinal)),
            (await world.StateAsync(second)).Told().Select(t => t.Split(':')[0]).Where(t => !t.StartsWith("message", StringComparison.Ordinal)));
        Assert.Equal(2, (await world.StateAsync(second)).Told().Count(t => t.StartsWith("message", StringComparison.Ordinal)));
    }

    private async Task<T> AskAsync<T>(string sql, object parameters)
    {
        await using var connection = await slices.DataSource.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }
}

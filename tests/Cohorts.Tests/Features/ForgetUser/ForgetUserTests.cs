using System.Text.Json;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ForgetUser;
using Cohorts.Tests.Features.RealizeGroups;
using Dapper;

namespace Cohorts.Tests.Features.ForgetUser;

public sealed class ForgetUserTests
{
    private const string Name = "Wilhelmina Ostrander";

    [Fact]
    public async Task Nothing_of_a_realized_person_is_left_in_any_table_and_their_access_is_gone()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 3);
        var group = new GroupId(await world.AskAsync<int>("SELECT min(group_id) FROM groups"));
        var discordId = guild.MemberIds[40];
        var person = await world.AddMemberAsync(group, Name, discordId, username: "mina.ostrander");
        await world.ExecuteAsync("UPDATE users SET email = 'mina@ostrander.example' WHERE user_id = @Value", new { person.Value });
        var result = await world.RealizeWellAsync(cohort);
        Assert.Contains(result.AccessGranted, p => p.Name == Name);
        await world.ExecuteAsync(
            """
            UPDATE runs SET result = @result::jsonb, requested_by = @Name;
            INSERT INTO run_steps SELECT run_id, 900, 'mention of ' || @Name, 'failed' FROM runs;
            UPDATE meetings SET reschedule_reason = 'Asked for by ' || @Name;
            INSERT INTO interactions (interaction_id, guild_id, commanded_by, payload, lease_until, answered_at)
            VALUES ('1', '2', @discordId, jsonb_build_object('member', jsonb_build_object('nick', @Name, 'user', jsonb_build_object('id', @discordId, 'username', 'mina.ostrander'))), now(), now())
            """,
            new { result = JsonSerializer.Serialize<Outcome<Cohorts.Features.RealizeGroups.RealizeGroups.Result>>(result, CohortsJson.Options), Name, discordId });
        Assert.NotEmpty(await TablesWithAsync(world, Name, discordId, "ostrander"));
        Assert.Equal(2, (await ChannelsOfAsync(world, guild, discordId)).Count);

        var outcome = await world.Slices.SendAsync(new Cohorts.Features.ForgetUser.ForgetUser.Command(person));
        var access = new AccessInDiscord(world.Discord, world.Slices.DataSource);
        var taken = await access.TakeAwayAsync(Snowflake.Parse(discordId), CancellationToken.None);
        var again = await access.TakeAwayAsync(Snowflake.Parse(discordId), CancellationToken.None);

        Assert.False(outcome.IsRefused, outcome.Refusal?.Message);
        Assert.Equal((1, 1, 1, 1), (outcome.Result.Enrolments, outcome.Result.Memberships, outcome.Result.RunsMadeAnonymous, outcome.Result.InteractionsMadeAnonymous));
        Assert.Empty(await TablesWithAsync(world, Name, discordId, "ostrander"));
        Assert.Equal((2, 0), (taken, again));
        Assert.Empty(await ChannelsOfAsync(world, guild, discordId));
        // What stays is still what the program reads, and the others are told in it as before.
        var kept = await world.Slices.SendAsync(new Cohorts.Features.RealizeGroups.KeptRealization.Query(result.RunId, new GuildId(ulong.Parse(guild.Id, null))));
        Assert.Equal(["removed person"], kept.Result!.AccessGranted.Select(p => p.Name).Except(result.AccessGranted.Select(p => p.Name)));
        Assert.Equal(result.AccessGranted.Count, kept.Result.AccessGranted.Count);
        var later = await world.RealizeWellAsync(cohort);
        Assert.DoesNotContain(later.AccessGranted.Concat(later.NotHere), p => p.Name == Name);
        Assert.Empty(await ChannelsOfAsync(world, guild, discordId));
    }

    [Fact]
    public async Task A_person_whose_cohort_is_at_work_is_left_as_they_are()
    {
        await using var world = await RealizeWorld.StartAsync();
        var cohort = await world.AddCohortAsync(await world.FirstGuildAsync(), groups: 1, size: 2);
        var person = await world.AskAsync<int>("SELECT min(user_id) FROM users");
        await world.ExecuteAsync("INSERT INTO runs (cohort_id, kind, requested_by) VALUES (@Value, 'realizing', 'somebody')", new { cohort.Value });

        var outcome = await world.Slices.SendAsync(new Cohorts.Features.ForgetUser.ForgetUser.Command(new UserId(person)));

        Assert.Contains("Nothing was changed", outcome.Refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(1, await world.AskAsync<int>("SELECT count(*)::int FROM users WHERE user_id = @person", new { person }));
    }

    [Fact]
    public async Task Whoever_might_be_meant_as_well_is_told()
    {
        await using var world = await RealizeWorld.StartAsync();
        await world.ExecuteAsync(
            """
            INSERT INTO users (user_id, nickname, email, discord_id, discord_username)
            VALUES (5001, 'A', 'Same@x.example', '100000000000000001', 'one'), (5002, 'B', 'same@x.example', '100000000000000002', '5001')
            """);

        Assert.Equal([5001, 5002], await FindAsync("same@X.example"));
        Assert.Equal([5001, 5002], await FindAsync("5001"));
        Assert.Equal([5001], await FindAsync("ONE"));
        Assert.Equal([5002], await FindAsync("100000000000000002"));
        Assert.Equal([5001], await FindAsync("a"));
        Assert.Equal([5001], await FindAsync("@One#0"));

        async Task<IReadOnlyList<int>> FindAsync(string given) =>
            [.. (await world.Slices.SendAsync(new FindUser.Query(given))).Result!.Candidates.Select(c => c.UserId.Value)];
    }

    [Fact]
    public void Only_what_is_of_the_person_is_taken_out()
    {
        var ann = new PersonalTraces(7, "Ann", Username: null, DiscordId: null, Email: null);

        Assert.Equal("removed person met Anna at the Annual; removed person left", ann.RemovedFrom("Ann met Anna at the Annual; ann left"));
        Assert.Equal(
            """[{"id":0,"name":"removed person","timezone":null,"role":"participant"},{"id":8,"name":"Ann"},{"what":"mention of removed person"}]""",
            ann.RemovedFromJson("""[{"id":7,"name":"Anne","timezone":"Europe/Oslo","role":"participant"},{"id":8,"name":"Ann"},{"what":"mention of Ann"}]"""));
        const string OfOthers = """{ "id": 8,  "name": "Ann" }""";
        Assert.Same(OfOthers, ann.RemovedFromJson(OfOthers));
    }

    private static async Task<IReadOnlyList<string>> ChannelsOfAsync(RealizeWorld world, TestGuild guild, string discordId) =>
        [.. (await world.StateAsync(guild)).Channels.Where(c => GuildState.LetIn(c).Contains(discordId)).Select(GuildState.Id)];

    private static async Task<IReadOnlyList<string>> TablesWithAsync(RealizeWorld world, params string[] words)
    {
        await using var connection = await world.Slices.DataSource.OpenConnectionAsync();
        var found = new List<string>();
        foreach (var table in await connection.QueryAsync<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"))
        {
            foreach (var word in words)
            {
                if (await connection.ExecuteScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {table} AS t WHERE position(lower(@word) IN lower(t::text)) > 0)", new { word }))
                    found.Add($"{table}: {word}");
            }
        }

        return found;
    }
}

using System.Net;

namespace Cohorts.SystemTests.Bot;

/// <summary>Whoever gives many commands, or large ones, holds nobody else up.</summary>
public sealed class LimitTests(BotGround ground) : IClassFixture<BotGround>
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("COHORTS_TEST_LONG") == "1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Too_many_commands_are_refused_with_the_time_to_go_on_and_typing_buttons_and_others_are_not()
    {
        await using var world = await BotWorld.StartAsync(ground, guilds: 2);
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = @Id", new { world.Guild.Id });
        (world.Settings["Discord__CommandsPerUser"], world.Settings["Discord__CommandsPerGuild"]) = ("3", "5");
        var first = await world.ServeAndConnectAsync();
        var discord = world.Discord;
        var scheduled = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = ground.CohortId });
        for (var i = 0; i < 2; i++)
            Assert.NotEmpty((await ListAsync(world.Administrator)).Body.GetProperty("embeds").EnumerateArray());

        var before = await discord.NowAsync();
        var tooMany = await ListAsync(world.Administrator);
        Assert.True(tooMany.Status == HttpStatusCode.OK, $"{tooMany.Body}\n{world.Logs}");
        Assert.True(tooMany.IsEphemeral);
        Assert.Matches(@"^Cohorts takes 3 commands a minute from one person, and you gave 3 within the last\. Nothing was begun; try again <t:\d+:R>\.$", tooMany.Content);
        var goOn = DateTimeOffset.FromUnixTimeSeconds(long.Parse(tooMany.Content.Split(':')[1], null));
        Assert.InRange(goOn, before, before + TimeSpan.FromSeconds(62));

        Assert.NotEmpty(await discord.TypeAsync(world.Guild, world.Administrator, "schedule", new { cohort = "" }));
        var next = await discord.PressAsync(world.Guild, world.Administrator, scheduled.MessageId, scheduled.Buttons[1].CustomId);
        Assert.StartsWith("Page 2 of", next.Embed.GetProperty("footer").GetProperty("text").GetString(), StringComparison.Ordinal);

        // Another process counts on.
        first.Kill();
        await world.ServeAndConnectAsync();
        Assert.StartsWith("Cohorts takes 3 commands", (await ListAsync(world.Administrator)).Content, StringComparison.Ordinal);

        for (var i = 0; i < 2; i++)
            Assert.NotEmpty((await ListAsync(world.Guild.OwnerId)).Body.GetProperty("embeds").EnumerateArray());
        Assert.StartsWith("Cohorts takes 5 commands a minute from one server, and 5 were given here", (await ListAsync(world.Guild.OwnerId)).Content, StringComparison.Ordinal);
        Assert.StartsWith("No cohorts yet", (await discord.RunAsync(world.OtherGuild, world.OtherGuild.AdministratorId, "list-cohorts")).Content, StringComparison.Ordinal);

        await world.AskAsync<object>("UPDATE interactions SET created_at = created_at - interval '1 minute'");
        Assert.NotEmpty((await ListAsync(world.Administrator)).Body.GetProperty("embeds").EnumerateArray());
        // What was refused left no row.
        Assert.Equal(7, await world.AskAsync<int>("SELECT count(*)::int FROM interactions WHERE commanded_by IS NOT NULL"));
        await world.NoSecretIsInALogAsync();

        Task<Seen> ListAsync(string who) => discord.RunAsync(world.Guild, who, "list-cohorts");
    }

    [Fact]
    public async Task A_hundred_commands_at_once_and_a_large_cohort_are_each_answered_while_typing_is_too()
    {
        await using var world = await BotWorld.StartAsync(ground, guilds: 4);
        await world.ServeAndConnectAsync();
        var guilds = await world.Discord.GuildsAsync();
        foreach (var guild in guilds)
            await Eventually.HoldsAsync("the commands are known", Patience, () => world.Discord.OffersAsync(guild, "schedule"));
        var large = await AddLargeCohortAsync(world, guilds[0], Long ? 100_000 : 5_000);
        var cohorts = new List<int>();
        // Not the first server, which has the large one.
        for (var i = 0; i < 6; i++)
            cohorts.Add(await world.AddCohortAsync($"Of many {i}", guilds[1 + (i % 3)]));

        var sent = new List<Task<(LocalGuild Guild, Seen Seen)>> { SendAsync(guilds[0], guilds[0].AdministratorId, "schedule", new { cohort = large }) };
        for (var i = 1; i < 100; i++)
        {
            // Each guild has cohorts of its own, and more than one asks for the same.
            var guild = i % 5 == 0 ? guilds[1 + (i / 5 % 3)] : guilds[i % guilds.Count];
            var who = i / guilds.Count % 2 == 0 ? guild.AdministratorId : guild.OwnerId;
            sent.Add(i % 5 == 0
                ? SendAsync(guild, who, "schedule", new { cohort = cohorts[i / 5 % cohorts.Count] })
                : SendAsync(guild, who, "list-cohorts", new { }));
        }

        var inTime = new List<bool>();
        var all = Task.WhenAll(sent);
        do
        {
            inTime.Add(await IsOfferedAsync());
        }
        while (!all.IsCompleted);

        var taken = (await all).Where(s => s.Seen.Status == HttpStatusCode.OK).ToList();
        await Eventually.HoldsAsync("each that was acknowledged has its final answer", Patience, async () =>
        {
            inTime.Add(await IsOfferedAsync());
            return await world.AskAsync<int>("SELECT count(*)::int FROM interactions WHERE answered_at IS NULL") == 0;
        }, () => world.Logs);
        foreach (var group in taken.GroupBy(s => s.Guild))
        {
            var answers = await world.Discord.AnswersAsync(group.Key);
            Assert.All(group, s => Assert.NotNull(answers[s.Seen.InteractionId]));
        }

        // Three seconds are Discord's; a machine that does much else besides misses them now and then, a server that is held up always.
        Assert.InRange(taken.Count, sent.Count / 2, sent.Count);
        Assert.InRange(inTime.Count(offered => offered), inTime.Count / 2, inTime.Count);
        Assert.DoesNotContain(await world.ListAsync<string>("SELECT state FROM runs WHERE cohort_id = @large", new { large }), state => state != "succeeded");
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE state NOT IN ('succeeded', 'refused')"));

        Task<bool> IsOfferedAsync() => world.Discord.IsOfferedInTimeAsync(guilds[1], guilds[1].AdministratorId, "schedule", new { cohort = "many" });

        async Task<(LocalGuild, Seen)> SendAsync(LocalGuild guild, string who, string name, object options) =>
            (guild, await world.Discord.SendAsync(guild, who, name, options, wait: 4));
    }

    /// <summary>Its tables are not analysed: PostgreSQL knows nothing of how many there are.</summary>
    private static Task<int> AddLargeCohortAsync(BotWorld world, LocalGuild guild, int people) => world.AskAsync<int>(
        """
        WITH made AS (
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings, discord_guild_id)
            SELECT 'Large', course_id, cohort_start_date, duration_days, number_of_group_meetings, @Guild FROM cohorts LIMIT 1
            RETURNING cohort_id, course_id),
        everybody AS (
            INSERT INTO users (nickname, timezone, availability_utc, notes)
            SELECT 'Person ' || place, 'UTC',
                   format('%1$s%2$s:00 %1$s%3$s:00', substr('MTWRFSU', 1 + place % 7, 1), 10 + place % 10, 13 + place % 10), place
              FROM generate_series(1, @people) AS place
            RETURNING user_id, notes::int AS place),
        leads AS (
            INSERT INTO facilitators (user_id, max_active_groups)
            SELECT user_id, 2 FROM everybody WHERE place % 12 = 0),
        enrolled AS (
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
            SELECT user_id, course_id, cohort_id, (CASE WHEN place % 12 = 0 THEN 'facilitator' ELSE 'participant' END)::cohort_role
              FROM everybody CROSS JOIN made)
        SELECT cohort_id FROM made
        """,
        new { Guild = guild.Id, people });
}

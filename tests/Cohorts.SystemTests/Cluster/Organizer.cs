using System.Net;
using Cohorts.SystemTests.Bot;
using Npgsql;

namespace Cohorts.SystemTests.Cluster;

/// <summary>Has one cohort scheduled and then realized, each command given twice at once, and again where it did not come through.</summary>
internal sealed class Organizer(BotWorld world, LocalGuild guild, int cohort)
{
    private readonly List<Task> _answers = [];

    public LocalGuild Guild => guild;

    public int Cohort => cohort;

    public int Acknowledged { get; private set; }

    /// <summary>Commands that were acknowledged and lack their final answer.</summary>
    public IReadOnlyList<Task> Outstanding
    {
        get
        {
            lock (_answers)
                return [.. _answers.Where(a => !a.IsCompleted)];
        }
    }

    public static async Task NothingIsThereTwiceAsync(BotWorld world, IReadOnlyList<Organizer> people)
    {
        foreach (var (guild, cohort) in people.Select(p => (p.Guild, p.Cohort)))
        {
            var scheduled = await world.ListAsync<int>(
                "SELECT (result->'result'->>'groupsCreated')::int FROM runs WHERE cohort_id = @cohort AND kind = 'scheduling' AND state = 'succeeded'",
                new { cohort });
            Assert.Single(scheduled, made => made > 0);
            Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort AND status = 'active'", new { cohort }));
            Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort", new { cohort }));

            var state = await world.Discord.StateAsync(guild);
            foreach (var text in state.GetProperty("channels").EnumerateArray().Where(c => c.GetProperty("name").GetString()!.StartsWith("group-", StringComparison.Ordinal)))
                Assert.Single(state.GetProperty("messages").GetProperty(text.GetProperty("id").GetString()!).EnumerateArray());
            Assert.Equal(4, state.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("name").GetString()).Distinct().Count());
        }

        // A run can outlast its command's answer: nobody waits for one whose acknowledgement did not arrive.
        await Eventually.HoldsAsync("every run has ended", TimeSpan.FromSeconds(60), async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE ended_at IS NULL") == 0, () => world.Logs);
        Assert.Empty(await world.ListAsync<string>(
            "SELECT concat_ws(' ', run_id, kind, state, error) FROM runs WHERE state NOT IN ('succeeded', 'refused', 'interrupted')"));
        Assert.Equal(0, await world.AskAsync<int>(
            """
            SELECT count(*)::int
              FROM (SELECT user_id FROM groups_users WHERE status = 'active' GROUP BY user_id HAVING count(*) > 1) AS twice
            """));
        var made = await world.Discord.MadeAsync();
        Assert.Equal(people.Count * (1 + (2 * 2) + (2 * 2)), made.Count);
        Assert.Equal(made.Distinct(), made);
    }

    /// <summary>Two groups' worth of people who have all week, and two meetings.</summary>
    public static Task<int> AddCohortAsync(BotWorld world, LocalGuild guild) => world.AskAsync<int>(
        """
        WITH made AS (
            INSERT INTO cohorts (cohort_name, course_id, cohort_start_date, duration_days, number_of_group_meetings, discord_guild_id)
            SELECT 'Storm of ' || @Guild, course_id, current_date + 10, 14, 2, @Guild FROM courses LIMIT 1
            RETURNING cohort_id, course_id),
        people AS (
            INSERT INTO users (nickname, discord_id, timezone, availability_utc, notes)
            SELECT 'Learner ' || place, id, 'UTC', 'M08:00 M20:00, T08:00 T20:00, W08:00 W20:00', place
              FROM unnest(@Members) WITH ORDINALITY AS m (id, place)
             WHERE place <= 10
            RETURNING user_id, notes::int AS place),
        leads AS (
            INSERT INTO facilitators (user_id, max_active_groups)
            SELECT user_id, 1 FROM people WHERE place <= 2),
        enrolled AS (
            INSERT INTO courses_users (user_id, course_id, cohort_id, cohort_role)
            SELECT user_id, course_id, cohort_id, (CASE WHEN place <= 2 THEN 'facilitator' ELSE 'participant' END)::cohort_role
              FROM people CROSS JOIN made)
        SELECT cohort_id FROM made
        """,
        new { Guild = guild.Id, Members = guild.MemberIds.ToArray() });

    public async Task WorkAsync(CancellationToken enough)
    {
        while (await CountAsync("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort", enough) == 0)
            await TwiceAtOnceAsync("schedule", enough);
        while (await CountAsync("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort AND status <> 'active'", enough) > 0)
            await TwiceAtOnceAsync("realize-groups", enough);
    }

    private Task TwiceAtOnceAsync(string command, CancellationToken enough) =>
        Task.WhenAll(GiveAsync(guild.AdministratorId, command, enough), GiveAsync(guild.OwnerId, command, enough));

    private async Task GiveAsync(string who, string command, CancellationToken enough)
    {
        var seen = await world.Discord.SendAsync(guild, who, command, new { cohort }, wait: 4);
        if (seen.Status != HttpStatusCode.OK)
            return;
        var answer = AnswerAsync(seen.InteractionId, enough);
        lock (_answers)
        {
            Acknowledged++;
            _answers.Add(answer);
        }

        await answer;
    }

    private async Task AnswerAsync(string interaction, CancellationToken enough)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while ((await world.Discord.AnswersAsync(guild)).GetValueOrDefault(interaction) is null)
            await again.WaitForNextTickAsync(enough);
    }

    private async Task<int> CountAsync(string sql, CancellationToken enough)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            try
            {
                return await world.AskAsync<int>(sql, new { cohort });
            }
            catch (NpgsqlException)
            {
                // The database is away at the moment.
                await again.WaitForNextTickAsync(enough);
            }
        }
    }
}

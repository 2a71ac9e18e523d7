using System.Net;

namespace Cohorts.SystemTests.Bot;

/// <summary>The commands as an administrator uses them, through the gateway.</summary>
public sealed class CommandTests(SharedGround shared) : IClassFixture<SharedGround>
{
    [Fact]
    public async Task A_cohort_is_listed_found_by_typing_scheduled_paged_and_shared()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.ServeAndConnectAsync();
        var discord = world.Discord;

        var listed = await discord.RunAsync(world.Guild, world.Administrator, "list-cohorts");
        var choices = await discord.TypeAsync(world.Guild, world.Administrator, "schedule", new { cohort = "anuary" });
        var scheduled = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        Assert.Equal("1 cohort", listed.Embed.GetProperty("title").GetString());
        Assert.Equal([($"{BotGround.Cohort} ({BotGround.People} pending)", shared.Ground.CohortId)], choices);

        Assert.Equal(HttpStatusCode.OK, scheduled.Status);
        Assert.True(scheduled.IsEphemeral);
        var groups = await world.AskAsync<int>("SELECT count(*)::int FROM groups");
        Assert.InRange(groups, 2, 20);
        Assert.Contains($"{groups} groups", scheduled.Embed.GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("Use /realize-groups to create Discord channels", scheduled.Embed.GetProperty("footer").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.EndsWith(".csv", Assert.Single(scheduled.Body.GetProperty("attachments").EnumerateArray()).GetProperty("filename").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Previous", "Next", "Share in this channel"], scheduled.Buttons.Select(b => b.Label));

        var next = await discord.PressAsync(world.Guild, world.Administrator, scheduled.MessageId, scheduled.Buttons[1].CustomId);
        Assert.Equal(scheduled.MessageId, next.MessageId);
        Assert.StartsWith("Page 2 of", next.Embed.GetProperty("footer").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(FirstField(scheduled), FirstField(next));

        await discord.PressAsync(world.Guild, world.Administrator, scheduled.MessageId, scheduled.Buttons[2].CustomId);
        var seenByAll = string.Join('\n', (await discord.MessagesAsync(world.Guild, seenBy: world.Guild.MemberIds[0])).Select(m => m.GetRawText()));
        var placed = await world.ListAsync<string>("SELECT nickname FROM users JOIN groups_users USING (user_id)");
        var left = await world.ListAsync<string>(
            "SELECT nickname FROM users JOIN courses_users USING (user_id) WHERE grouping_status = 'ungroupable'");
        Assert.NotEmpty(left);
        Assert.All(placed, name => Assert.Contains(name, seenByAll, StringComparison.Ordinal));
        Assert.All(left, name => Assert.DoesNotMatch($@"{name}\b", seenByAll));
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task A_cohort_of_which_everybody_is_placed_is_not_scheduled_again()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.ServeAndConnectAsync();
        // Everybody is free at the same hours, so that nobody is left over.
        await world.AskAsync<object>("UPDATE users SET availability_utc = 'M08:00 M20:00'");

        var first = await world.Discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        var groups = await world.AskAsync<int>("SELECT count(*)::int FROM groups");
        var second = await world.Discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId });
        var choices = await world.Discord.TypeAsync(world.Guild, world.Administrator, "schedule", new { cohort = "" });

        Assert.Contains("60 of 60 people placed", first.Embed.GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.StartsWith($"Nobody in **{BotGround.Cohort}** awaits grouping: all {BotGround.People} people are grouped already, in {groups} groups", second.Content, StringComparison.Ordinal);
        Assert.Empty(choices);
        Assert.Equal(groups, await world.AskAsync<int>("SELECT count(*)::int FROM groups"));
        await world.NoSecretIsInALogAsync();
    }

    [Fact]
    public async Task In_another_guild_the_cohort_does_not_exist_and_options_out_of_range_run_nothing()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground, guilds: 2);
        await world.ServeAndConnectAsync();
        var discord = world.Discord;
        await world.AskAsync<object>("UPDATE cohorts SET discord_guild_id = @Id", new { world.Guild.Id });

        var tooFew = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId, min_people = 9, max_people = 5 });
        var elsewhere = await discord.RunAsync(world.OtherGuild, world.OtherGuild.AdministratorId, "schedule", new { cohort = shared.Ground.CohortId });
        var offered = await discord.TypeAsync(world.OtherGuild, world.OtherGuild.AdministratorId, "schedule", new { cohort = "" });
        var listed = await discord.RunAsync(world.OtherGuild, world.OtherGuild.AdministratorId, "list-cohorts");
        var unknown = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = 999_999 });
        var beyondDiscord = await discord.RunAsync(world.Guild, world.Administrator, "schedule", new { cohort = shared.Ground.CohortId, iterations = 2_000_000 });

        Assert.Matches("9.*5", tooFew.Content);
        Assert.Contains("There is no such cohort in this server", elsewhere.Content, StringComparison.Ordinal);
        Assert.Empty(offered);
        Assert.StartsWith("No cohorts yet", listed.Content, StringComparison.Ordinal);
        Assert.Contains("There is no such cohort in this server", unknown.Content, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, beyondDiscord.Status);
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM groups"));
        Assert.Equal(0, await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE state = 'succeeded'"));
        await world.NoSecretIsInALogAsync();
    }

    private static string FirstField(Seen seen) => seen.Embed.GetProperty("fields")[0].GetProperty("name").GetString()!;
}

using Cohorts.Discord;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>A group whose channels are made after its first meeting.</summary>
public sealed class LateWelcomeTests
{
    [Fact]
    public async Task The_welcome_names_the_meetings_that_are_left_and_the_organizer_is_told_how_many_are_lost()
    {
        await using var world = await RealizeWorld.StartAsync(members: 6);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 3, meetings: 4, start: DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-15)));

        var result = await world.RealizeWellAsync(cohort);

        Assert.Matches("Group 1 begins after the cohort's start: [23] of 4 meetings are over, [12] (is|are) left.", Assert.Single(result.Remarks, r => r.Contains("begins", StringComparison.Ordinal)));
        var channel = await world.AskAsync<string>("SELECT discord_text_channel_id FROM groups");
        var welcome = Assert.Single(await world.Discord.ListMessagesAsync(Snowflake.Parse(channel), CancellationToken.None)).Embeds[0].Description!;
        Assert.Contains("Next meeting: ", welcome, StringComparison.Ordinal);
        Assert.Matches(@"\(meeting [34] of 4\)", welcome);
        Assert.DoesNotContain("All 4 dates", welcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_let_into_a_group_whose_meetings_are_over()
    {
        await using var world = await RealizeWorld.StartAsync(members: 6);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 3, meetings: 2, start: DateOnly.FromDateTime(DateTime.UtcNow.AddDays(-40)));
        var late = await world.AddMemberAsync(new(await world.AskAsync<int>("SELECT group_id FROM groups")), "Late", "990000000000000001");
        await world.RealizeWellAsync(cohort);
        await world.JoinAsync(guild, "990000000000000001");

        await world.Slices.PublishAsync(new Cohorts.Bot.MemberJoined(
            Snowflake.Parse(guild.Id), new GuildMember { User = new User { Id = Snowflake.Parse("990000000000000001"), Username = "late" } }));

        Assert.Equal(0, await world.AskAsync<int>("SELECT count(access_granted_at)::int FROM groups_users WHERE user_id = @Value", new { late.Value }));
    }
}

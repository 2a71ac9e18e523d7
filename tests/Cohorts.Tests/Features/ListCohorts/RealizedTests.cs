using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Tests.Features.RealizeGroups;

namespace Cohorts.Tests.Features.ListCohorts;

/// <summary>How many groups are called realized, after what is known to have happened in Discord.</summary>
public sealed class RealizedTests
{
    [Fact]
    public async Task A_group_is_realized_while_nothing_is_known_to_be_missing_and_the_list_and_the_choices_agree()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 3, size: 3);
        Assert.Equal((3, 0, 3), await FiguresAsync(world));
        await world.RealizeWellAsync(cohort);
        Assert.Equal((3, 3, 0), await FiguresAsync(world));

        var here = Snowflake.Parse(guild.Id);
        var text = GuildState.Id((await world.StateAsync(guild)).Channel("group-1"));
        await world.Slices.PublishAsync(new ChannelDeleted(new Snowflake(1), Snowflake.Parse(text)));
        await world.Slices.PublishAsync(new ChannelDeleted(here, Snowflake.Parse(guild.ChannelId)));
        Assert.Equal((3, 3, 0), await FiguresAsync(world));

        await world.CallDiscordAsync(HttpMethod.Delete, $"channels/{text}");
        await world.Slices.PublishAsync(new ChannelDeleted(here, Snowflake.Parse(text)));
        await world.Slices.PublishAsync(new ChannelDeleted(here, Snowflake.Parse(text)));
        Assert.Equal((3, 2, 1), await FiguresAsync(world));
        await world.RealizeWellAsync(cohort);
        Assert.Equal((3, 3, 0), await FiguresAsync(world));

        // Deleted while no process of the bot was connected: known as soon as one is.
        var voice = GuildState.Id((await world.StateAsync(guild)).Channel("Group 2 Voice"));
        var all = (await world.StateAsync(guild)).Channels.Select(c => Snowflake.Parse(GuildState.Id(c))).ToList();
        await world.ExecuteAsync("UPDATE groups SET updated_at = now() - interval '1 day'");
        await world.Slices.PublishAsync(new GuildOpened(here, [.. all.Where(c => c.ToString() != voice)]));
        Assert.Equal((3, 2, 1), await FiguresAsync(world));
        await world.Slices.PublishAsync(new GuildOpened(here, all));
        await world.Slices.PublishAsync(new GuildOpened(here));
        Assert.Equal((3, 3, 0), await FiguresAsync(world));

        var third = new GroupId(await world.AskAsync<int>("SELECT max(group_id) FROM groups"));
        await world.AddMemberAsync(third, "Came later", guild.MemberIds[^1]);
        Assert.Equal((3, 2, 1), await FiguresAsync(world));
    }

    /// <returns>Live groups, those realized, and those with something left to make.</returns>
    private static async Task<(int Groups, int Realized, int Left)> FiguresAsync(RealizeWorld world)
    {
        var row = Assert.Single((await world.Slices.SendAsync(new Cohorts.Features.ListCohorts.ListCohorts.Query())).Result!.Cohorts);
        var choice = Assert.Single(await world.Slices.SendAsync(new CohortsToRealize.Query("January")));
        Assert.Equal(row.Groups, choice.Groups);
        return (row.Groups, row.RealizedGroups, choice.Left);
    }
}

using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.ListCohorts;
using Cohorts.Hosting;
using Cohorts.Tests.Features.RealizeGroups;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cohorts.Tests.Bot;

/// <summary>Which servers the bot is in, and in which of them it has commands.</summary>
public sealed class GuildServiceTests
{
    [Fact]
    public async Task Servers_are_recorded_as_sessions_tell_them_and_a_cohort_of_none_is_seen_in_a_single_one()
    {
        await using var world = await RealizeWorld.StartAsync(members: 2);
        var (first, second) = (await world.FirstGuildAsync(), await world.NewGuildAsync(members: 2));
        var (one, two) = (Snowflake.Parse(first.Id), Snowflake.Parse(second.Id));
        var application = (await world.Discord.GetApplicationAsync(CancellationToken.None)).Id;
        var service = Service(world);
        await world.Slices.AddCohortAsync("Of nobody");

        Assert.Equal((0, 0), await SeenAsync(world, one, two));
        await service.BeginAsync(application, [one], CancellationToken.None);
        Assert.Equal((1, 0), await SeenAsync(world, one, two));
        await service.EnterAsync(application, await world.Discord.GetGuildAsync(two, CancellationToken.None), CancellationToken.None);
        Assert.Equal((0, 0), await SeenAsync(world, one, two));
        Assert.Equal("Another", await world.AskAsync<string>("SELECT guild_name FROM bot_guilds WHERE guild_id = @Id", new { second.Id }));
        await service.LeaveAsync(application, two, CancellationToken.None);
        Assert.Equal((1, 0), await SeenAsync(world, one, two));

        // Another bot's session, and what it is not in, is not this one's.
        await service.BeginAsync(new Snowflake(7), [two], CancellationToken.None);
        Assert.Equal((0, 1), await SeenAsync(world, one, two));
    }

    [Fact]
    public async Task A_session_that_goes_on_in_another_process_has_that_ones_commands_in_the_servers_that_it_serves()
    {
        await using var world = await RealizeWorld.StartAsync(members: 2);
        var (first, second) = (await world.FirstGuildAsync(), await world.NewGuildAsync(members: 2));
        var (one, two) = (Snowflake.Parse(first.Id), Snowflake.Parse(second.Id));
        var application = (await world.Discord.GetApplicationAsync(CancellationToken.None)).Id;

        // The session was begun by a version that recorded nothing.
        await Service(world).ResumeAsync(application, CancellationToken.None);
        Assert.Equal((1, 1), await CommandsAsync(world, application, one, two));
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM bot_guilds"));

        await world.Discord.OverwriteGlobalCommandsAsync(application, [new ListModule().Command], CancellationToken.None);
        await Service(world, only: two).ResumeAsync(application, CancellationToken.None);
        Assert.Equal((0, 1), await CommandsAsync(world, application, one, two));
        Assert.Empty(await world.Discord.GetGlobalCommandsAsync(application, CancellationToken.None));

        // Served again, it gets them again; a line that breaks and stands again asks Discord nothing.
        var service = Service(world);
        await service.ResumeAsync(application, CancellationToken.None);
        Assert.Equal((1, 1), await CommandsAsync(world, application, one, two));
        await world.ForgetCallsAsync();
        await service.ResumeAsync(application, CancellationToken.None);
        Assert.Empty(await world.CallsAsync());
    }

    private static GuildService Service(RealizeWorld world, Snowflake? only = null) => new(
        new BotGuilds(world.Slices.DataSource),
        new CommandRegistration(world.Slices.DataSource, world.Discord, [new ListModule()], NullLogger<CommandRegistration>.Instance),
        world.Discord,
        DiscordSettings.For(new BotToken("test"), new Uri("http://nowhere/"), "Host=nowhere") with { OnlyGuild = only });

    private static async Task<(int, int)> SeenAsync(RealizeWorld world, Snowflake one, Snowflake two) => (
        (await world.Slices.SendAsync(new Cohorts.Features.ListCohorts.ListCohorts.Query(new GuildId(one.Value)))).Result!.Cohorts.Count,
        (await world.Slices.SendAsync(new Cohorts.Features.ListCohorts.ListCohorts.Query(new GuildId(two.Value)))).Result!.Cohorts.Count);

    private static async Task<(int, int)> CommandsAsync(RealizeWorld world, Snowflake application, Snowflake one, Snowflake two) => (
        (await world.Discord.GetGuildCommandsAsync(application, one, CancellationToken.None)).Count,
        (await world.Discord.GetGuildCommandsAsync(application, two, CancellationToken.None)).Count);
}

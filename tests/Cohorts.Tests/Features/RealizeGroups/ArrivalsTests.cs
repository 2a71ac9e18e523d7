using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>People who are not in the server when their groups are made, and come later.</summary>
public sealed class ArrivalsTests
{
    private const string Absent = "990000000000000001";

    [Fact]
    public async Task Who_never_joined_is_in_no_call_and_whoever_joins_sees_exactly_their_channels_and_is_mentioned_once()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 3);
        var bodies = new List<string>();
        world.Line.AfterEach = async request => bodies.Add(request.Content is { } body ? await body.ReadAsStringAsync() : "");
        await world.AddMemberAsync(new GroupId(await world.AskAsync<int>("SELECT min(group_id) FROM groups")), "Absent", Absent);

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal("Absent", Assert.Single(result.NotHere).Name);
        Assert.DoesNotContain(bodies, b => b.Contains(Absent, StringComparison.Ordinal));
        Assert.NotEmpty(bodies);
        await world.JoinAsync(guild, Absent);
        var strangers = (await world.StateAsync(guild, Absent)).Names;

        for (var told = 0; told < 2; told++)
            await JoinedAsync(world, guild, Absent, "absent");

        Assert.Equal(["Group 1 Voice", "Rust - January", "group-1"], (await world.StateAsync(guild, Absent)).Names.Except(strangers).Order(StringComparer.Ordinal));
        Assert.Single(await MentionsAsync(world, guild, Absent));
        await world.ForgetCallsAsync();
        await world.RealizeWellAsync(cohort);
        Assert.Empty(await world.ChangesAsync());
    }

    [Fact]
    public async Task Who_is_known_by_a_user_name_only_is_recognized_by_exactly_that_and_the_id_is_saved()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 2);
        var group = new GroupId(await world.AskAsync<int>("SELECT group_id FROM groups"));
        var here = await world.JoinAsync(guild, "here.now");
        await world.AddMemberAsync(group, "Here", discordId: null, username: "here.now");
        await world.AddMemberAsync(group, "Shouting", discordId: null, username: "Here.now");
        await world.AddMemberAsync(group, "Later", discordId: null, username: "comes.later");

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal(["Later"], result.NoMember.Select(p => p.Name));
        Assert.Empty(result.NotHere);
        Assert.Equal(here, await world.AskAsync<string>("SELECT discord_id FROM users WHERE nickname = 'Shouting'"));
        Assert.Equal(here, await world.AskAsync<string>("SELECT discord_id FROM users WHERE nickname = 'Here'"));
        var later = await world.JoinAsync(guild, "comes.later");
        await JoinedAsync(world, guild, later, "comes.later");
        Assert.Equal(later, await world.AskAsync<string>("SELECT discord_id FROM users WHERE nickname = 'Later'"));
        Assert.Contains(later, GuildState.LetIn((await world.StateAsync(guild)).Channel("group-1")));
    }

    [Fact]
    public async Task Who_joined_while_no_bot_was_connected_is_found_when_one_is()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 2);
        await world.AddMemberAsync(new GroupId(await world.AskAsync<int>("SELECT group_id FROM groups")), "Absent", Absent);
        await world.RealizeWellAsync(cohort);
        await world.JoinAsync(guild, Absent);

        await world.Slices.PublishAsync(new GuildOpened(Snowflake.Parse(guild.Id)));

        Assert.Contains(Absent, GuildState.LetIn((await world.StateAsync(guild)).Channel("Group 1 Voice")));
        Assert.Single(await MentionsAsync(world, guild, Absent));
    }

    [Fact]
    public async Task Who_joins_between_the_look_and_the_making_is_let_in_by_the_run_itself()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 2);
        await world.AddMemberAsync(new GroupId(await world.AskAsync<int>("SELECT group_id FROM groups")), "Absent", Absent);
        var joined = false;
        world.Line.AfterEach = async _ =>
        {
            if (!joined)
            {
                joined = true;
                await world.JoinAsync(guild, Absent);
                await JoinedAsync(world, guild, Absent, "absent");
            }
        };

        await world.RealizeWellAsync(cohort);

        Assert.True(joined);
        Assert.Contains(Absent, GuildState.LetIn((await world.StateAsync(guild)).Channel("group-1")));
    }

    private static Task JoinedAsync(RealizeWorld world, TestGuild guild, string id, string username) => world.Slices.PublishAsync(
        new MemberJoined(Snowflake.Parse(guild.Id), new GuildMember { User = new User { Id = Snowflake.Parse(id), Username = username } }));

    private static async Task<IReadOnlyList<string>> MentionsAsync(RealizeWorld world, TestGuild guild, string id)
    {
        var state = await world.StateAsync(guild);
        return
        [
            .. state.MessagesIn(GuildState.Id(state.Channel("group-1")))
                .Where(m => m.GetProperty("mentions").EnumerateArray().Any(u => u.GetProperty("id").GetString() == id))
                .Select(m => m.GetProperty("content").GetString()!),
        ];
    }
}

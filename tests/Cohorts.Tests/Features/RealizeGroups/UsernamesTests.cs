using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>People of whom only a user name is known, written down in one way or another.</summary>
public sealed class UsernamesTests
{
    [Fact]
    public async Task Members_are_found_however_their_user_name_was_written_down_and_the_others_are_told_apart()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 1);
        var group = new GroupId(await world.AskAsync<int>("SELECT group_id FROM groups"));
        (string Account, string Written)[] people = [("nora", "Nora"), ("pablo.k", "@pablo.k"), ("quinn", "QUINN"), ("rosa.u", "rosa.u#0"), ("tom_1", " @Tom_1#0000 ")];
        var ids = new List<string>();
        foreach (var (account, written) in people)
        {
            ids.Add(await world.JoinAsync(guild, account));
            await world.AddMemberAsync(group, account + " U", discordId: null, username: written);
        }

        await world.AddMemberAsync(group, "Nobody", discordId: null, username: "@No.Body");
        await world.AddMemberAsync(group, "Blank", discordId: null, username: "two words");
        await world.AddMemberAsync(group, "Twin", discordId: null, username: "nora#0");
        await world.AddMemberAsync(group, "Left", "990000000000000077");
        await world.AddMemberAsync(group, "None", discordId: null, username: "@");

        var preview = (await world.Slices.SendAsync(new PreviewRealization.Query(cohort))).Result!;
        var result = await world.RealizeWellAsync(cohort);

        var let = GuildState.LetIn((await world.StateAsync(guild)).Channel("group-1"));
        Assert.All(ids, id => Assert.Contains(id, let));
        Assert.Equal(["Left"], result.NotHere.Select(p => p.Name));
        Assert.Equal(["None"], result.Unknown.Select(p => p.Name));
        Assert.Equal([("Nobody", "@No.Body"), ("Blank", "two words")], result.NoMember.Select(p => (p.Name, p.Username)));
        Assert.Equal(["Nobody", "Blank"], preview.Groups.Single().NoMember.Select(p => p.Name));
        Assert.Contains(result.Remarks, r => r.Contains("nora U (Group 1) and Twin (Group 1) have one Discord account", StringComparison.Ordinal));
        var said = string.Join('\n', RealizeMessage.Render(result, 0).Embeds!.SelectMany(e => e.Fields ?? []).Select(f => $"{f.Name}: {f.Value}"));
        Assert.Contains("No member has this name", said, StringComparison.Ordinal);
        Assert.Contains("has a blank in it", said, StringComparison.Ordinal);

        // Who joins under the name is let in, and their id is known from then on.
        var late = await world.JoinAsync(guild, "no.body");
        await world.Slices.PublishAsync(new MemberJoined(Snowflake.Parse(guild.Id), new GuildMember { User = new User { Id = Snowflake.Parse(late), Username = "no.body" } }));
        Assert.Equal(late, await world.AskAsync<string>("SELECT discord_id FROM users WHERE nickname = 'Nobody'"));
        Assert.Contains(late, GuildState.LetIn((await world.StateAsync(guild)).Channel("group-1")));

        // So is who joined while no process of the bot was connected.
        await world.AddMemberAsync(group, "Again", discordId: null, username: "@Again.Here");
        var again = await world.JoinAsync(guild, "again.here");
        await world.Slices.PublishAsync(new GuildOpened(Snowflake.Parse(guild.Id)));
        Assert.Contains(again, GuildState.LetIn((await world.StateAsync(guild)).Channel("group-1")));
    }
}

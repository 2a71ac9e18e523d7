using Cohorts.Domain;
using Cohorts.Features.RealizeGroups;

namespace Cohorts.Tests.Features.RealizeGroups;

/// <summary>What a realization makes, and what a second one leaves alone.</summary>
public sealed class RealizeGroupsTests
{
    [Fact]
    public async Task Groups_get_a_hidden_category_channels_events_a_welcome_and_become_active()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 4, meetings: 3);

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal((2, 0, 0, 8, 6, 0), (result.GroupsMade, result.GroupsRepaired, result.GroupsUnchanged, result.AccessGranted.Count, result.EventsMade, result.EventsLater));
        var state = await world.StateAsync(guild);
        var category = state.Channel("Rust - January");
        Assert.True(GuildState.HidesFrom(category, guild.Id));
        foreach (var group in new[] { 1, 2 })
        {
            var members = guild.MemberIds.Skip((group - 1) * 4).Take(4).Append(guild.BotId).Order(StringComparer.Ordinal);
            foreach (var name in new[] { $"group-{group}", $"Group {group} Voice" })
            {
                var channel = state.Channel(name);
                Assert.Equal(GuildState.Id(category), channel.GetProperty("parent_id").GetString());
                Assert.True(GuildState.HidesFrom(channel, guild.Id));
                Assert.Equal(members, GuildState.LetIn(channel));
            }

            Assert.Single(state.MessagesIn(GuildState.Id(state.Channel($"group-{group}"))));
        }

        Assert.Equal(6, state.Events.Count);
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE status = 'active' AND welcome_message_id IS NOT NULL"));
        Assert.Equal(6, await world.AskAsync<int>("SELECT count(*)::int FROM meetings WHERE discord_event_id IS NOT NULL"));
    }

    [Fact]
    public async Task Run_again_it_makes_no_changing_call_and_says_so()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 3, size: 4);
        await world.RealizeWellAsync(cohort);
        await world.ForgetCallsAsync();

        var again = await world.RealizeWellAsync(cohort);

        Assert.Empty(await world.ChangesAsync());
        Assert.Equal((0, 0, 3), (again.GroupsMade, again.GroupsRepaired, again.GroupsUnchanged));
    }

    [Fact]
    public async Task Channels_and_categories_deleted_by_hand_are_made_anew()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 3);
        await world.RealizeWellAsync(cohort);
        var undisturbed = (await world.StateAsync(guild)).Names;
        var state = await world.StateAsync(guild);
        foreach (var name in new[] { "Rust - January", "group-1", "Group 2 Voice" })
            await world.CallDiscordAsync(HttpMethod.Delete, $"channels/{GuildState.Id(state.Channel(name))}");

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal(2, result.GroupsRepaired);
        Assert.Equal(3, result.Remarks.Count(r => r.Contains("deleted", StringComparison.Ordinal)));
        var mended = await world.StateAsync(guild);
        Assert.Equal(undisturbed, mended.Names);
        var category = GuildState.Id(mended.Channel("Rust - January"));
        foreach (var name in new[] { "group-1", "Group 1 Voice", "group-2", "Group 2 Voice" })
        {
            Assert.Equal(category, mended.Channel(name).GetProperty("parent_id").GetString());
            Assert.True(GuildState.HidesFrom(mended.Channel(name), guild.Id));
        }

        // The welcome was gone with its channel; the events with theirs.
        Assert.Single(mended.MessagesIn(GuildState.Id(mended.Channel("group-1"))));
        Assert.Equal(4, mended.Events.Count);
        await world.ForgetCallsAsync();
        await world.RealizeWellAsync(cohort);
        Assert.Empty(await world.ChangesAsync());
    }

    [Fact]
    public async Task A_preview_says_what_would_be_and_nothing_that_was()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 3);
        await world.AddGroupAsync(cohort, "Group 3", startMinute: null, [guild.MemberIds[7]]);
        await world.RealizeWellAsync(cohort);
        var state = await world.StateAsync(guild);
        foreach (var name in new[] { "Rust - January", "group-1" })
            await world.CallDiscordAsync(HttpMethod.Delete, $"channels/{GuildState.Id(state.Channel(name))}");

        var preview = (await world.Slices.SendAsync(new PreviewRealization.Query(cohort))).Result!;

        var shown = RealizeMessage.Render(preview).Embeds![0];
        var text = string.Join('\n', [shown.Description, .. shown.Fields!.Select(f => f.Value)]);
        Assert.Contains("The text channel of Group 1 has been deleted and would be made anew.", preview.Remarks);
        Assert.Contains("A category has been deleted and would be made anew.", preview.Remarks);
        Assert.Contains("Text channel: would be made anew", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\b(was|were|is) (made|posted|repaired)\b", text);
        Assert.DoesNotContain("it has channels", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_moved_by_hand_is_kept_and_its_meeting_follows()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 3);
        await world.RealizeWellAsync(cohort);
        var moved = (await world.StateAsync(guild)).Events.Single(e => e.GetProperty("name").GetString() == "Group 1 - Week 2");
        var later = moved.GetProperty("scheduled_start_time").GetDateTimeOffset().AddHours(5);
        await world.CallDiscordAsync(
            HttpMethod.Patch, $"guilds/{guild.Id}/scheduled-events/{GuildState.Id(moved)}", new { scheduled_start_time = later, scheduled_end_time = later.AddHours(1) });
        await world.ForgetCallsAsync();

        var result = await world.RealizeWellAsync(cohort);

        Assert.Empty(await world.ChangesAsync());
        Assert.Equal((2, later), (Assert.Single(result.EventsMoved).Meeting, result.EventsMoved[0].Time));
        Assert.True(await world.AskAsync<bool>("SELECT was_rescheduled AND scheduled_time_utc = @later FROM meetings WHERE meeting_number = 2", new { later }));
        Assert.Empty((await world.RealizeWellAsync(cohort)).EventsMoved);
    }

    [Fact]
    public async Task An_event_deleted_by_hand_is_cancelled_and_made_again_only_when_asked()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 3);
        await world.RealizeWellAsync(cohort);
        var deleted = (await world.StateAsync(guild)).Events.Single(e => e.GetProperty("name").GetString() == "Group 1 - Week 2");
        await world.CallDiscordAsync(HttpMethod.Delete, $"guilds/{guild.Id}/scheduled-events/{GuildState.Id(deleted)}");
        await world.ForgetCallsAsync();

        for (var run = 0; run < 2; run++)
            Assert.Equal(2, Assert.Single((await world.RealizeWellAsync(cohort)).EventsCancelled).Meeting);
        Assert.Empty(await world.ChangesAsync());

        var remade = await world.RealizeWellAsync(cohort, CancelledEvents.Remake);

        Assert.Equal(1, remade.EventsMade);
        Assert.Equal(2, (await world.StateAsync(guild)).Events.Count);
        Assert.Empty((await world.RealizeWellAsync(cohort)).EventsCancelled);
    }

    [Fact]
    public async Task Who_leaves_a_group_loses_access_and_who_is_added_gets_it_and_is_mentioned_once()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 3);
        await world.RealizeWellAsync(cohort);
        var gone = guild.MemberIds[2];
        await world.ExecuteAsync("UPDATE groups_users SET status = 'dropped' WHERE user_id = (SELECT user_id FROM users WHERE discord_id = @gone)", new { gone });
        var added = guild.MemberIds[9];
        await world.AddMemberAsync(new GroupId(await world.AskAsync<int>("SELECT group_id FROM groups")), "Added", added);

        var result = await world.RealizeWellAsync(cohort);
        await world.RealizeWellAsync(cohort);

        Assert.Equal((1, 1), (result.AccessRemoved.Count, result.AccessGranted.Count));
        var state = await world.StateAsync(guild);
        foreach (var name in new[] { "group-1", "Group 1 Voice" })
        {
            Assert.DoesNotContain(gone, GuildState.LetIn(state.Channel(name)));
            Assert.Contains(added, GuildState.LetIn(state.Channel(name)));
        }

        Assert.Single(state.MessagesIn(GuildState.Id(state.Channel("group-1"))), m => m.GetProperty("content").GetString()!.Contains($"<@{added}>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_group_without_a_time_gets_channels_and_a_welcome_and_says_that_it_has_no_events()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 0, size: 0);
        await world.AddGroupAsync(cohort, "Group 1", startMinute: null, [guild.MemberIds[0], guild.MemberIds[1], null]);

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal((1, 0), (result.GroupsMade, result.EventsMade));
        Assert.Contains("Group 1 has no meeting time yet (TBD): it has channels and a welcome, and no events.", result.Remarks);
        Assert.Single(result.Unknown);
        Assert.Contains("Group 1 person 3", (await world.StateAsync(guild)).Told().Single(t => t.StartsWith("message in group-1", StringComparison.Ordinal))
            + (await world.StateAsync(guild)).MessagesIn(GuildState.Id((await world.StateAsync(guild)).Channel("group-1")))[0].GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_said_at_once_before_anything_is_made()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 12, size: 2, meetings: 1);
        for (var i = 0; i < 476; i++)
            await world.CallDiscordAsync(HttpMethod.Post, $"guilds/{guild.Id}/channels", new { name = $"filler-{i}", type = 0 });
        await world.ForgetCallsAsync();

        var refused = (await world.RealizeAsync(cohort)).Refusal;

        Assert.NotNull(refused);
        Assert.Contains("25 channels are to be made", Assert.Single(refused.Details), StringComparison.Ordinal);
        Assert.Contains("480 of the 500", refused.Details[0], StringComparison.Ordinal);
        Assert.Empty(await world.ChangesAsync());
    }

    [Fact]
    public async Task Sixty_groups_spill_into_three_categories()
    {
        await using var world = await RealizeWorld.StartAsync(members: 120);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 60, size: 2, meetings: 1);

        await world.RealizeWellAsync(cohort);

        var state = await world.StateAsync(guild);
        foreach (var (name, channels) in new[] { ("Rust - January", 50), ("Rust - January (2)", 50), ("Rust - January (3)", 20) })
        {
            var category = GuildState.Id(state.Channel(name));
            Assert.Equal(channels, state.Channels.Count(c => c.TryGetProperty("parent_id", out var p) && p.GetString() == category));
        }

        await world.ForgetCallsAsync();
        await world.RealizeWellAsync(cohort);
        Assert.Empty(await world.ChangesAsync());
    }

    [Fact]
    public async Task A_category_that_Discord_calls_full_spills_although_the_bot_counts_room()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 1, size: 2, meetings: 1);
        await world.RealizeWellAsync(cohort);
        var category = GuildState.Id((await world.StateAsync(guild)).Channel("Rust - January"));
        // Channels that the bot does not see, and so does not count.
        for (var i = 0; i < 47; i++)
        {
            await world.CallDiscordAsync(
                HttpMethod.Post,
                $"guilds/{guild.Id}/channels",
                new { name = $"hidden-{i}", type = 0, parent_id = category, permission_overwrites = new[] { new { id = guild.Id, type = 0, deny = "1024" } } });
        }

        await world.AddGroupAsync(cohort, "Group 2", startMinute: 3000, [guild.MemberIds[4], guild.MemberIds[5]]);
        await world.RealizeWellAsync(cohort);

        var state = await world.StateAsync(guild);
        var next = GuildState.Id(state.Channel("Rust - January (2)"));
        Assert.Equal(category, state.Channel("group-2").GetProperty("parent_id").GetString());
        Assert.Equal(next, state.Channel("Group 2 Voice").GetProperty("parent_id").GetString());
        await world.ForgetCallsAsync();
        await world.RealizeWellAsync(cohort);
        Assert.Empty(await world.ChangesAsync());
    }

    [Fact]
    public async Task Where_the_servers_100_events_do_not_suffice_the_next_weeks_come_first_and_the_rest_as_room_appears()
    {
        await using var world = await RealizeWorld.StartAsync(members: 120);
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 30, size: 2, meetings: 12);

        var result = await world.RealizeWellAsync(cohort);

        Assert.Equal((100, 260), (result.EventsMade, result.EventsLater));
        Assert.Equal(30, await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE status = 'active'"));
        Assert.True(await world.AskAsync<bool>(
            "SELECT max(scheduled_time_utc) FILTER (WHERE discord_event_id IS NOT NULL) <= min(scheduled_time_utc) FILTER (WHERE discord_event_id IS NULL) FROM meetings"));
        // Ten meetings are over.
        foreach (var over in (await world.StateAsync(guild)).Events.OrderBy(e => e.GetProperty("scheduled_start_time").GetDateTimeOffset()).Take(10))
            await world.CallDiscordAsync(HttpMethod.Delete, $"guilds/{guild.Id}/scheduled-events/{GuildState.Id(over)}");

        var next = await world.RealizeWellAsync(cohort);

        Assert.Equal((10, 250), (next.EventsMade, next.EventsLater));
    }

    [Fact]
    public async Task What_a_member_sees_is_their_groups_two_channels_and_nothing_of_another()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 3, size: 3);
        var before = (await world.StateAsync(guild, guild.MemberIds[0])).Names;

        await world.RealizeWellAsync(cohort);

        var seen = (await world.StateAsync(guild, guild.MemberIds[0])).Names.Except(before);
        Assert.Equal(["Group 1 Voice", "Rust - January", "group-1"], seen.Order(StringComparer.Ordinal));
        Assert.Equal(before, (await world.StateAsync(guild, guild.MemberIds[20])).Names);
    }
}

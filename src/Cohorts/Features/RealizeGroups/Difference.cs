using Cohorts.Discord;
using Cohorts.Domain;
using Cohorts.Hosting;
using NodaTime;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What to do with events that somebody deleted.</summary>
public enum CancelledEvents
{
    Leave,
    Remake,
}

/// <summary>Compares what the database wants with what Discord holds. Pure: the same two make the same plan.</summary>
public static class Difference
{
    /// <summary>Discord's limits.</summary>
    public const int ChannelsPerGuild = 500;
    public const int ChannelsPerCategory = 50;
    public const int EventsPerGuild = 100;

    /// <summary>An event must begin in the future when Discord reads of it; a request may wait that long for its turn.</summary>
    private static readonly Duration SoonestEvent = Duration.FromMinutes(1);

    public static Plan Between(Wanted wanted, Actual actual, Instant now, CancelledEvents cancelled)
    {
        var recognized = Recognize(wanted, actual);
        var claims = new Claims(wanted, actual);
        var categories = Categories(wanted, actual, claims);
        var groups = wanted.Groups.Select(g => Group(wanted, g, actual, categories, claims, recognized, now, cancelled)).ToList();
        groups = WithinRoomForEvents(groups, EventsPerGuild - actual.Events.Count);
        var plan = new Plan(categories, groups, recognized, []);
        plan = plan with { Categories = categories with { ToMake = CategoriesToMake(plan) } };
        return plan with { Missing = Missing(plan, actual) };
    }

    /// <summary>
    /// Channels in which a message of the bot may stand that no row knows: a welcome, or the mention of somebody who came later.
    /// </summary>
    public static IEnumerable<Snowflake> ChannelsToRead(Wanted wanted, Actual actual)
    {
        var recognized = Recognize(wanted, actual);
        var claims = new Claims(wanted, actual);
        var categories = Categories(wanted, actual, claims);
        foreach (var group in wanted.Groups)
        {
            if (Find(group, ChannelType.Text, actual, categories, claims) is not (var text, _))
                continue;
            var unknownWelcome = group.WelcomeMessage is null && group.State != GroupState.Active;
            var untold = group.WelcomeMessage is not null
                && People(group, actual, recognized).Any(p => p.Presence == Presence.InTheGuild && p.Member.MentionedIn is null);
            if (unknownWelcome || untold)
                yield return text.Id;
        }
    }

    /// <summary>People known by their user name only, each found in the guild by that name, however it was written down.</summary>
    private static Dictionary<UserId, Snowflake> Recognize(Wanted wanted, Actual actual)
    {
        var byName = actual.Members.Values
            .Where(m => m.User is { Bot: not true })
            .ToLookup(m => DiscordUsername.Of(m.User!.Username), m => m.User!.Id);
        var recognized = new Dictionary<UserId, Snowflake>();
        foreach (var member in wanted.Groups.SelectMany(g => g.Members).Where(m => m.DiscordId is null))
        {
            if (DiscordUsername.Of(member.Username) is { } name && byName[name].Distinct().ToList() is [var id])
                recognized[member.UserId] = id;
        }
        return recognized;
    }

    private static CategoriesPlan Categories(Wanted wanted, Actual actual, Claims claims)
    {
        var channels = actual.Channels.Where(c => c.Type == ChannelType.Category).ToDictionary(c => c.Id);
        List<Snowflake> known = [.. wanted.Cohort.Category is { } first ? [first] : Array.Empty<Snowflake>(), .. wanted.Cohort.FurtherCategories];
        var standing = known.Where(channels.ContainsKey).ToList();
        var adopted = new List<Snowflake>();
        // A next one exists only where the one before it does; names that nobody has end the search.
        for (var number = 1; number <= channels.Count; number++)
        {
            var name = Naming.Category(wanted.Cohort, number);
            if (standing.Any(id => channels[id].Name == name))
                continue;
            var found = channels.Values
                .Where(c => c.Name == name && claims.IsFree(c.Id) && !standing.Contains(c.Id) && IsOurs(c, actual))
                .ToList();
            if (found is not [var one])
                break;
            adopted.Add(one.Id);
            standing.Add(one.Id);
        }

        var children = actual.Channels.Select(c => c.ParentId).OfType<Snowflake>().CountBy(id => id).ToDictionary();
        return new CategoriesPlan(
            [.. standing.Select(id => (id, children.GetValueOrDefault(id)))], adopted, ToMake: 0, [.. known.Where(id => !channels.ContainsKey(id))]);
    }

    /// <summary>Hidden from everybody, and with the bot's own overwrite: nobody else makes such a category by that name.</summary>
    private static bool IsOurs(GuildChannel category, Actual actual) =>
        ChannelAccess.IsHidden(category, actual.Guild)
        && category.PermissionOverwrites?.Any(o => o.Type == OverwriteType.Member && o.Id == actual.Bot) == true;

    private static int CategoriesToMake(Plan plan)
    {
        var room = plan.Categories.Standing.Sum(c => Math.Max(0, ChannelsPerCategory - c.Channels) / 2 * 2);
        var orphans = plan.Groups.Sum(g => new[] { g.Text, g.Voice }.Count(c => c is ChannelPlan.Stands { Place: ChannelPlace.Orphaned }));
        var lacking = Math.Max(0, plan.ChannelsToMake + orphans - room);
        return (lacking + ChannelsPerCategory - 1) / ChannelsPerCategory;
    }

    private static GroupPlan Group(
        Wanted wanted,
        WantedGroup group,
        Actual actual,
        CategoriesPlan categories,
        Claims claims,
        IReadOnlyDictionary<UserId, Snowflake> recognized,
        Instant now,
        CancelledEvents cancelled)
    {
        var people = People(group, actual, recognized);
        var left = group.Members
            .Where(m => m.Membership == Membership.Ended && !people.Any(p => p.Member.UserId == m.UserId))
            .ToList();
        var text = Channel(group, ChannelType.Text, actual, categories, claims, people, left, recognized);
        var voice = Channel(group, ChannelType.Voice, actual, categories, claims, people, left, recognized);
        return new GroupPlan(
            group, text, voice, Welcome(group, text, actual), Meetings(wanted.Cohort, group, voice, actual, claims, now, cancelled), people, left);
    }

    private static List<Attendance> People(WantedGroup group, Actual actual, IReadOnlyDictionary<UserId, Snowflake> recognized) =>
    [
        .. group.Members
            .Where(m => m.Membership == Membership.Active)
            .Select(m => (Member: m, Id: IdOf(m, recognized)))
            .Select(m => new Attendance(
                m.Member, m.Id, m.Id is { } id && actual.Members.ContainsKey(id) ? Presence.InTheGuild : Presence.NotYet)),
    ];

    private static Snowflake? IdOf(WantedMember member, IReadOnlyDictionary<UserId, Snowflake> recognized) =>
        member.DiscordId ?? (recognized.TryGetValue(member.UserId, out var id) ? id : null);

    private static ChannelPlan Channel(
        WantedGroup group,
        ChannelType type,
        Actual actual,
        CategoriesPlan categories,
        Claims claims,
        IEnumerable<Attendance> people,
        IEnumerable<WantedMember> left,
        IReadOnlyDictionary<UserId, Snowflake> recognized)
    {
        var overwrites = ChannelAccess.OfChannel(
            type,
            actual.Guild,
            actual.Bot,
            people.Where(p => p is { Id: not null, Presence: Presence.InTheGuild })
                // Two people of one account are one in Discord, and whoever leads may do more.
                .GroupBy(p => p.Id!.Value, (id, same) => (id, same.Max(s => s.Member.Role))));
        if (Find(group, type, actual, categories, claims) is not var (channel, adoption))
            return new ChannelPlan.Make(overwrites, type == ChannelType.Text ? group.TextChannel : group.VoiceChannel);

        var gone = left.Select(m => IdOf(m, recognized)).OfType<Snowflake>();
        return new ChannelPlan.Stands(
            channel.Id,
            adoption,
            channel.ParentId is null && categories.Lost.Count > 0 ? ChannelPlace.Orphaned : ChannelPlace.Kept,
            ChannelAccess.Changes(channel.PermissionOverwrites ?? [], overwrites, gone));
    }

    /// <summary>
    /// The channel that the row names; else one that the bot made before it died: below a category of the cohort, of this type, of exactly
    /// this name, and named by no row. Where two could be meant, neither is.
    /// </summary>
    private static (GuildChannel Channel, Adoption Adoption)? Find(
        WantedGroup group, ChannelType type, Actual actual, CategoriesPlan categories, Claims claims)
    {
        var known = type == ChannelType.Text ? group.TextChannel : group.VoiceChannel;
        if (known is { } id && actual.Channels.FirstOrDefault(c => c.Id == id && c.Type == type) is { } there)
            return (there, Adoption.Known);

        var name = type == ChannelType.Text ? Naming.TextChannel(group) : Naming.VoiceChannel(group);
        if (claims.IsShared(type, name))
            return null;
        var found = actual.Channels
            .Where(c => c.Type == type && c.Name == name && claims.IsFree(c.Id) && categories.Standing.Any(s => s.Id == c.ParentId))
            .ToList();
        return found is [var one] ? (one, Adoption.Found) : null;
    }

    private static WelcomePlan Welcome(WantedGroup group, ChannelPlan text, Actual actual)
    {
        if (text is not ChannelPlan.Stands stands)
            return new WelcomePlan.Post();
        if (group.WelcomeMessage is { } known)
            return new WelcomePlan.Stands(known, Adoption.Known, new HashSet<Snowflake>());
        if (group.State == GroupState.Active)
            return new WelcomePlan.None();
        var footer = WelcomeMessage.Footer(group.Id);
        var posted = actual.Messages.GetValueOrDefault(stands.Id)?
            .LastOrDefault(m => m.Author?.Id == actual.Bot && m.Embeds.Any(e => e.Footer?.Text == footer));
        return posted is null
            ? new WelcomePlan.Post()
            : new WelcomePlan.Stands(posted.Id, Adoption.Found, posted.Mentions.Select(u => u.Id).ToHashSet());
    }

    private static List<MeetingPlan> Meetings(
        WantedCohort cohort, WantedGroup group, ChannelPlan voice, Actual actual, Claims claims, Instant now, CancelledEvents cancelled)
    {
        var planned = group.StartMinute is { } start
            ? MeetingCalendar.Meetings(cohort.StartDate, cohort.Zone, start, cohort.Meetings)
            : [];
        var known = group.Meetings.ToDictionary(m => m.Number);
        var numbers = known.Keys.Union(Enumerable.Range(1, planned.Count)).Order();
        return
        [
            .. numbers.Select(number =>
            {
                var row = known.GetValueOrDefault(number);
                var time = row?.Time ?? planned[number - 1];
                return new MeetingPlan(
                    number, time, row is null ? MeetingRow.ToInsert : MeetingRow.Kept, Event(group, number, row, time, voice, actual, claims, now, cancelled));
            }),
        ];
    }

    private static EventPlan Event(
        WantedGroup group,
        int number,
        WantedMeeting? row,
        Instant time,
        ChannelPlan voice,
        Actual actual,
        Claims claims,
        Instant now,
        CancelledEvents cancelled)
    {
        var there = row?.Event is { } known
            ? actual.Events.FirstOrDefault(e => e.Id == known)
            : null;
        if (there is not null)
        {
            var at = Instant.FromDateTimeOffset(there.ScheduledStartTime);
            if (there.ChannelId is { } hung && !actual.Channels.Any(c => c.Id == hung))
                return new EventPlan.Rehang(there.Id);
            return at != time ? new EventPlan.Moved(there.Id, at) : new EventPlan.Stands(there.Id);
        }

        var name = Naming.Event(group, number);
        if (voice is ChannelPlan.Stands stands && row?.Event is null)
        {
            var found = actual.Events
                .Where(e => e.CreatorId == actual.Bot && e.ChannelId == stands.Id && e.Name == name && claims.IsFree(e.Id))
                .ToList();
            if (found is [var one])
                return new EventPlan.Adopt(one.Id);
        }

        if (time < now + SoonestEvent)
            return new EventPlan.Past();
        if (cancelled == CancelledEvents.Leave)
        {
            if (row?.Wish == EventWish.Cancelled)
                return new EventPlan.Cancelled(Finding.Known);
            // With its channel Discord deletes the event too, which nobody meant by it.
            if (row?.Event is not null && (row.VoiceChannel is not { } place || actual.Channels.Any(c => c.Id == place)))
                return new EventPlan.Cancelled(Finding.New);
        }
        return new EventPlan.Make();
    }

    /// <summary>Where there is no room for all events, those that come first in time are made, of whatever group.</summary>
    private static List<GroupPlan> WithinRoomForEvents(List<GroupPlan> groups, int room)
    {
        var now = groups
            .SelectMany(g => g.Meetings.Where(m => m.Event is EventPlan.Make).Select(m => (g.Group.Id, m.Number, m.Time)))
            .OrderBy(m => m.Time)
            .ThenBy(m => m.Id.Value)
            .Take(Math.Max(0, room))
            .Select(m => (m.Id, m.Number))
            .ToHashSet();
        return
        [
            .. groups.Select(g => g with
            {
                Meetings =
                [
                    .. g.Meetings.Select(m => m.Event is EventPlan.Make && !now.Contains((g.Group.Id, m.Number)) ? m with { Event = new EventPlan.Later() } : m),
                ],
            }),
        ];
    }

    private static List<string> Missing(Plan plan, Actual actual)
    {
        var missing = new List<string>();
        var lacking = DiscordSettings.Needed & ~actual.BotPermissions;
        if (lacking != Permissions.None)
        {
            missing.Add(
                $"The bot lacks {(System.Numerics.BitOperations.PopCount((ulong)lacking) == 1 ? "a permission" : "permissions")}: {PermissionNames.Of(lacking)}. " +
                "Give them to its role under Server Settings, Roles; or invite it again with the link that the server prints when it starts.");
        }

        var needed = plan.ChannelsToMake + plan.Categories.ToMake;
        if (needed > 0 && actual.Channels.Count + needed > ChannelsPerGuild)
        {
            missing.Add(
                $"{Counted.Of(needed, "channel")} {Counted.Word(needed, "is", "are")} to be made, categories counted, and this server has room for {Math.Max(0, ChannelsPerGuild - actual.Channels.Count)}: " +
                $"it has {actual.Channels.Count} of the {ChannelsPerGuild} that Discord allows. Delete {actual.Channels.Count + needed - ChannelsPerGuild} that nobody needs any more.");
        }
        return missing;
    }

    /// <summary>What rows name: of other cohorts, and of this one.</summary>
    private sealed class Claims
    {
        private readonly HashSet<Snowflake> _claimed;
        private readonly HashSet<(ChannelType, string)> _shared;

        public Claims(Wanted wanted, Actual actual)
        {
            _claimed = [.. actual.ClaimedByOthers];
            _claimed.UnionWith(wanted.Groups.SelectMany(g => new[] { g.TextChannel, g.VoiceChannel }).OfType<Snowflake>());
            _claimed.UnionWith(wanted.Groups.SelectMany(g => g.Meetings).Select(m => m.Event).OfType<Snowflake>());
            _claimed.UnionWith(wanted.Cohort.FurtherCategories);
            if (wanted.Cohort.Category is { } category)
                _claimed.Add(category);
            _shared =
            [
                .. wanted.Groups.SelectMany(g => new[] { (ChannelType.Text, Naming.TextChannel(g)), (ChannelType.Voice, Naming.VoiceChannel(g)) })
                    .CountBy(n => n)
                    .Where(n => n.Value > 1)
                    .Select(n => n.Key),
            ];
        }

        public bool IsFree(Snowflake id) => !_claimed.Contains(id);

        /// <summary>Two groups of the cohort would have it, so that what is called so may be either's.</summary>
        public bool IsShared(ChannelType type, string name) => _shared.Contains((type, name));
    }
}

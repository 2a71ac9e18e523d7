using System.Globalization;
using System.Text;
using Cohorts.Discord;
using Cohorts.Domain;
using NodaTime;
using NodaTime.Text;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// What a group reads first in its channel, as pure functions. Only the content notifies, and only members who are there; every name is
/// escaped; a list too long for Discord ends by saying how many more there are.
/// </summary>
public static class WelcomeMessage
{
    private const int Blurple = 0x58_65_F2;
    private const int LongestName = 60;
    private const int LongestCourse = 100;
    private const int LongestGroup = 80;
    private const int LongestContent = 2000;

    /// <summary>A link this long is none of Discord's.</summary>
    private const int LongestLink = 200;

    /// <summary>Of a line with names, where not everything fits.</summary>
    private const int ShortLine = 250;

    /// <summary>So many dates stand below each other; more stand in one paragraph.</summary>
    private const int DatesInLines = 12;

    private static readonly LocalDateTimePattern Weekday = LocalDateTimePattern.CreateWithInvariantCulture("dddd HH:mm");
    private static readonly LocalDatePattern Date = LocalDatePattern.CreateWithInvariantCulture("d MMMM");

    /// <summary>
    /// The welcome. One message within every limit of Discord's: up to 100 members, 52 meetings, whatever names and zones they have.
    /// </summary>
    public static OutgoingMessage Render(Welcome welcome, IDateTimeZoneProvider zones)
    {
        var group = Group(welcome.GroupName, welcome.GroupId);
        var (greeting, notified) = Greeting(group, welcome.Members);
        return new OutgoingMessage
        {
            Content = greeting,
            Embeds =
            [
                new Embed
                {
                    Title = $"Welcome to {group}",
                    Description = Text(welcome, zones),
                    Color = Blurple,
                    Footer = new EmbedFooter(Footer(welcome.GroupId)),
                },
            ],
            AllowedMentions = AllowedMentions.Of(notified),
        };
    }

    /// <summary>By what a welcome is recognized: a message of the bot's own whose embed has this footer is the group's welcome.</summary>
    public static string Footer(GroupId group) => $"Welcome · group id {group}";

    /// <summary>For somebody who joined the server after the welcome was sent: mentions them, once, in their group's channel.</summary>
    /// <param name="welcome">The message with the welcome.</param>
    /// <exception cref="ArgumentException">The member has no Discord id, so nobody can have joined.</exception>
    public static OutgoingMessage Arrival(WelcomeMember member, GroupId group, string groupName, Uri welcome)
    {
        if (member.DiscordId is not { } id)
            throw new ArgumentException($"A member of group {group} without a Discord id cannot be mentioned as arrived.", nameof(member));
        var link = Link("the welcome", welcome) is { } shown ? $"Everything about your group is in {shown}" : "Everything about your group is in the welcome above";
        return new OutgoingMessage
        {
            Content = $"{DiscordText.Mention(id)} is here: welcome to **{Group(groupName, group)}**!",
            Embeds =
            [
                new Embed
                {
                    Description = $"{link}: who is in it, when you meet, and what to do first. Say hello whenever you like.",
                    Color = Blurple,
                    Footer = new EmbedFooter(ArrivalFooter(group, id)),
                },
            ],
            AllowedMentions = AllowedMentions.Of([id]),
        };
    }

    /// <summary>By what it is recognized that somebody's arrival in a group was told.</summary>
    public static string ArrivalFooter(GroupId group, Snowflake member) => $"Arrived · group id {group} · member {member}";

    private static (string Text, IReadOnlyList<Snowflake> Notified) Greeting(string group, IReadOnlyList<WelcomeMember> members)
    {
        var present = members.Select(m => m.Mentionable).OfType<Snowflake>().Distinct().ToList();
        if (present.Count == 0)
            return ($"Welcome to **{group}**! 👋", []);

        var text = new StringBuilder($"Welcome to **{group}**,");
        var notified = new List<Snowflake>();
        const string longestEnd = " and 1000 more! 👋";
        foreach (var id in present)
        {
            var mention = " " + DiscordText.Mention(id);
            if (notified.Count == AllowedMentions.MostUsers || text.Length + mention.Length + longestEnd.Length > LongestContent)
                break;
            text.Append(mention);
            notified.Add(id);
        }

        if (notified.Count < present.Count)
            text.Append(CultureInfo.InvariantCulture, $" and {present.Count - notified.Count} more");
        return (text.Append("! 👋").ToString(), notified);
    }

    private static string Text(Welcome welcome, IDateTimeZoneProvider zones)
    {
        var template = welcome.Template is { } own && WelcomeTemplate.Problem(own) is null ? own
            : welcome.IsLate ? WelcomeTemplate.DefaultWhenLate : WelcomeTemplate.Default;
        var lists = new Dictionary<string, Passage>(StringComparer.Ordinal)
        {
            ["members"] = Members(welcome.Members),
            ["weekly_times"] = WeeklyTimes(welcome, zones),
            ["clock_changes"] = Changes(welcome, zones),
            ["dates"] = Dates(welcome),
        };
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["course"] = Shown(welcome.CourseName, "this course", LongestCourse),
            ["cohort"] = Shown(welcome.CohortName, "this round", LongestCourse),
            ["group"] = Group(welcome.GroupName, welcome.GroupId),
            ["first_meeting"] = FirstMeeting(welcome),
            ["length"] = Length(welcome.LengthMinutes),
            ["first_event"] = FirstEvent(welcome),
            ["first_steps"] = FirstSteps(welcome),
        };

        // What single values leave is shared by the lists: short ones have what they need, long ones as much as each other.
        var names = WelcomeTemplate.Names(template).ToList();
        var used = names.Where(lists.ContainsKey).Select(name => lists[name]).ToList();
        var room = WelcomeTemplate.RoomForValues(template) - names.Where(values.ContainsKey).Sum(name => values[name].Length);
        var share = Share(room, [.. used.Select(p => p.Full.Length)]);
        return WelcomeTemplate.Fill(template, name => values.TryGetValue(name, out var value) ? value : lists[name].Within(share));
    }

    /// <summary>The most that each may have so that all have room: <c>int.MaxValue</c> where everything fits.</summary>
    private static int Share(int room, IReadOnlyList<int> wanted)
    {
        var left = room;
        var open = wanted.Count;
        foreach (var units in wanted.Order())
        {
            if (units > left / open)
                return left / open;
            left -= units;
            open--;
        }

        return int.MaxValue;
    }

    private static Passage Members(IReadOnlyList<WelcomeMember> members)
    {
        var ordered = members.OrderBy(m => m.Role == CohortRole.Facilitator ? 0 : 1).Select(m =>
            (m.Mentionable is { } id ? DiscordText.Mention(id) : Name(m))
            + (m.Role == CohortRole.Facilitator ? " (facilitator)" : "")
            + (m.Mentionable is null ? " (not here yet)" : "")).ToList();
        var noLeader = members.Any(m => m.Role == CohortRole.Facilitator)
            ? ""
            : "\nYour group has no facilitator at the moment. Take turns leading the meetings, and ask the organizers whenever you need help.";
        return new Passage(First: "", ordered, ordered, ", ", more => $" and {more} more", noLeader);
    }

    private static Passage WeeklyTimes(Welcome welcome, IDateTimeZoneProvider zones)
    {
        if (welcome.Meetings.Count == 0)
        {
            return Passage.Of(
                "There is no weekly time yet, so there are no events either. Write here when you are free; they come once a time is set.");
        }

        if (welcome.Left is not [var (_, first), ..])
            return Passage.Of("All meetings of the course have been; ask the organizers what comes next.");

        var (known, unknown) = ByZone(welcome.Members, zones);
        List<(string Start, IReadOnlyList<string> Names)> lines =
        [
            .. known.Select(z => ($"- {Weekday.Format(first.InZone(z.Zone).LocalDateTime)} {City(z.Zone)}", z.Names)),
            .. unknown.Count > 0 ? [($"- {Time(first, 'F')} by your own clock", unknown)] : Array.Empty<(string, IReadOnlyList<string>)>(),
        ];
        return Lines(
            welcome.Left.Count == 1
                ? $"It lasts {Length(welcome.LengthMinutes)}. Where you live it is on:"
                : $"Then every week at this time, for {Length(welcome.LengthMinutes)}:",
            lines,
            more => $"\n- and {more} more time zones; the first meeting above is shown by your own clock");
    }

    private static Passage Changes(Welcome welcome, IDateTimeZoneProvider zones)
    {
        var left = welcome.Left;
        var times = left.Select(m => m.Time).ToList();
        var lines = ByZone(welcome.Members, zones).Known
            .SelectMany(z => ClockChanges.Of(times, z.Zone).Select(c => (
                c.Meeting,
                left[c.Meeting].Number,
                Start: times[c.Meeting].InZone(z.Zone).LocalDateTime,
                c.MinutesLater,
                z.Zone,
                z.Names)))
            .OrderBy(c => c.Meeting)
            .Select(c => (
                $"- From week {c.Number} ({Date.Format(c.Start.Date)}) {Weekday.Format(c.Start)} {City(c.Zone)}, "
                + ClockChanges.Amount(c.MinutesLater),
                c.Names))
            .ToList();
        return lines.Count == 0
            ? Passage.Of("")
            : Lines("Clocks change during the course, and your meeting moves with them:", lines, more => $"\n- and {more} more changes");
    }

    private static Passage Dates(Welcome welcome)
    {
        var left = welcome.Left;
        if (left.Count == 0)
            return Passage.Of("");
        var inLines = left.Count <= DatesInLines;
        var dates = left.Select((m, i) => inLines ? $"\n{m.Number}. {Time(m.Time, 'f')}" : $"{(i == 0 ? "\n" : "")}{m.Number}: {Time(m.Time, 'f')}").ToList();
        var which = (welcome.IsLate, left.Count) switch
        {
            (false, 1) => "The date",
            (false, _) => $"All {left.Count} dates",
            (true, 1) => $"The last of {welcome.Meetings.Count} dates",
            (true, _) => $"The {left.Count} dates that are left of {welcome.Meetings.Count}",
        };
        return new Passage(
            $"{which}, by your own clock:", dates, dates, inLines ? "" : " · ", more => $" and {more} more");
    }

    private static string FirstSteps(Welcome welcome) =>
        "1. Say hello: write who you are, and what brings you here.\n"
        + (welcome switch
        {
            { Meetings.Count: 0 } => "2. Write which hours of the week suit you, so that a time can be agreed.\n",
            { Left.Count: 0 } => "2. Ask the organizers what comes next: all meetings of the course have been.\n",
            { FirstEvent: not null } when Link($"the {Next(welcome)} event", welcome.FirstEvent) is { } link =>
                $"2. Open {link} and mark it as **Interested**, so that Discord reminds you.\n",
            _ => $"2. When the {Next(welcome)} event appears in this server, mark it as **Interested**, so that Discord reminds you.\n",
        })
        + (welcome.Meetings.Count == 0
            ? "3. If you cannot take part after all, say so here this week."
            : "3. If the time cannot work for you, say so here this week, while it is easy to change.");

    private static string FirstEvent(Welcome welcome) => welcome switch
    {
        { Meetings.Count: 0 } => "no event yet",
        { FirstEvent: not null } when Link($"the {Next(welcome)} event", welcome.FirstEvent) is { } link => link,
        _ => $"the {Next(welcome)} event (it is yet to appear)",
    };

    /// <summary>At most 40 units, whatever numbers there are.</summary>
    private static string FirstMeeting(Welcome welcome) => welcome switch
    {
        { Meetings: [] } => "to be agreed (TBD)",
        { Left: [] } => $"none left; the last was {Time(welcome.Meetings[^1], 'F')}",
        { IsLate: true, Left: [var (number, next), ..] } => $"{Time(next, 'F')} (meeting {number} of {welcome.Meetings.Count})",
        { Left: [var (_, first), ..] } => Time(first, 'F'),
    };

    private static string Next(Welcome welcome) => welcome.IsLate ? "next" : "first";

    private static (IReadOnlyList<(DateTimeZone Zone, IReadOnlyList<string> Names)> Known, IReadOnlyList<string> Unknown) ByZone(
        IReadOnlyList<WelcomeMember> members, IDateTimeZoneProvider zones)
    {
        var placed = members.Select(m => (Zone: m.Timezone is { } id ? zones.GetZoneOrNull(id) : null, Name: Name(m))).ToList();
        return (
            [
                .. placed.Where(p => p.Zone is not null).GroupBy(p => p.Zone!)
                    .OrderByDescending(z => z.Count()).ThenBy(z => City(z.Key), StringComparer.Ordinal).ThenBy(z => z.Key.Id, StringComparer.Ordinal)
                    .Select(z => (z.Key, (IReadOnlyList<string>)[.. z.Select(p => p.Name)])),
            ],
            [.. placed.Where(p => p.Zone is null).Select(p => p.Name)]);
    }

    /// <summary>A line for each, with all names, and with as many as a short line holds.</summary>
    private static Passage Lines(string first, IReadOnlyList<(string Start, IReadOnlyList<string> Names)> lines, Func<int, string> more)
    {
        IReadOnlyList<string> Written(int longest) =>
            [.. lines.Select(l => "\n" + new Passage(l.Start + ": ", l.Names, l.Names, ", ", others => $" and {others} more").Within(longest))];
        return new Passage(first, Written(int.MaxValue), Written(ShortLine), "", more);
    }

    private static string? Link(string text, Uri address) =>
        address.IsAbsoluteUri && address.Scheme == Uri.UriSchemeHttps && address.AbsoluteUri is { Length: <= LongestLink } url && !url.Contains(')', StringComparison.Ordinal)
            ? $"[{text}]({url})"
            : null;

    private static string Length(int minutes) => Math.DivRem(minutes, 60) switch
    {
        (1, 0) => "one hour",
        ( > 1, 0) and var (hours, _) => $"{hours} hours",
        (1, var rest) => $"1 hour {rest} minutes",
        ( > 1, var rest) and var (hours, _) => $"{hours} hours {rest} minutes",
        _ => $"{minutes} minutes",
    };

    private static string Time(Instant time, char style) => DiscordText.Time(time.ToDateTimeOffset(), style);

    private static string City(DateTimeZone zone) => zone.Id[(zone.Id.LastIndexOf('/') + 1)..].Replace('_', ' ');

    private static string Name(WelcomeMember member) => Shown(member.Name, "somebody", LongestName);

    private static string Group(string name, GroupId id) => Shown(name, $"Group {id}", LongestGroup);

    private static string Shown(string name, string otherwise, int longest) =>
        DiscordText.Escape(name, longest) is { Length: > 0 } visible ? visible : otherwise;

    /// <summary>A list in running text, and what is left of it where there is little room.</summary>
    /// <param name="Items">As they are shown where all of them fit.</param>
    /// <param name="Short">The same, each at most 250 units.</param>
    /// <param name="More">Says that so many are left out; takes no more than 90 units.</param>
    /// <param name="Last">Stands at the end in any case.</param>
    private sealed record Passage(
        string First, IReadOnlyList<string> Items, IReadOnlyList<string> Short, string Separator, Func<int, string> More, string Last = "")
    {
        public string Full { get; } = First + string.Join(Separator, Items) + Last;

        public static Passage Of(string text) => new(text, [], [], "", _ => "");

        public string Within(int longest)
        {
            if (Full.Length <= longest)
                return Full;
            var text = new StringBuilder(First);
            for (var i = 0; i < Short.Count; i++)
            {
                var item = (i > 0 ? Separator : "") + Short[i];
                var rest = Short.Count - i - 1;
                var after = rest == 0 ? 0 : More(rest).Length;
                if (text.Length + item.Length + after + Last.Length > longest)
                    return text.Append(More(Short.Count - i)).Append(Last).ToString();
                text.Append(item);
            }

            return text.Append(Last).ToString();
        }
    }
}

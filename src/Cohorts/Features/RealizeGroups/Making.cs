using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Cohorts.Discord;
using Cohorts.Domain;
using NodaTime;
using Npgsql;
using static Cohorts.Features.RealizeGroups.RealizeGroups;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// Carries a plan out, step by step, each id saved at once. Two workers go over the groups, the one making channels and access, the other
/// behind it events and messages: Discord limits the two apart, so neither waits for the other's limit.
/// </summary>
internal sealed partial class Making(
    Look look, NpgsqlDataSource database, CurrentRun run, IDateTimeZoneProvider zones, TimeProvider clock, ILogger log)
{
    /// <summary>Of a creation whose outcome nobody knows: what came of it is looked up each time.</summary>
    private const int MostAttempts = 8;

    /// <summary>One group's channels may deny the bot something; more than that, and it is the bot that lacks it: the rest of that kind is not tried.</summary>
    private const int MostForbidden = 3;

    /// <summary>Longer than most outages of Discord. Afterwards the run ends, and the next one finds what stands.</summary>
    private static readonly TimeSpan PatienceWithDiscord = TimeSpan.FromMinutes(20);

    private readonly WantedCohort _cohort = look.Wanted.Cohort;
    private readonly Snowflake _guild = look.Actual.Guild;
    private readonly Journal _journal = new(database, run, clock);
    private readonly ConcurrentBag<Failure> _failures = [];
    private readonly Outcomes _outcomes = new(look.Plan, look.Actual.Bot);
    private readonly ConcurrentDictionary<(Part, GroupId), byte> _forbidden = [];
    private readonly ConcurrentDictionary<Part, string> _stoppedParts = [];
    private readonly ConcurrentBag<Person> _granted = [];
    private readonly ConcurrentBag<Person> _removed = [];
    private readonly HashSet<Snowflake> _channelsKnown = [.. look.Actual.Channels.Select(c => c.Id)];
    private readonly HashSet<Snowflake> _eventsKnown = [.. look.Actual.Events.Select(e => e.Id)];
    private readonly List<OpenCategory> _categories = [];
    private readonly Tally _tally = new(look.Plan, run.Progress);
    private volatile bool _noRoomForEvents;
    private bool _categoryWasMade;
    private DiscordRest? _fenced;

    /// <summary>
    /// Set when Discord refuses the bot as such: each further call would be refused too, and counts towards a ban. Or when it was waited
    /// for in vain.
    /// </summary>
    private volatile DiscordException? _stopped;

    /// <summary>Nothing leaves after the run has lost its turn: the look comes after what is waited for before a call, for it may be long.</summary>
    private DiscordRest Discord => _fenced ??= look.Discord.WaitingForDiscord(PatienceWithDiscord).LookingBeforeEachCall(_journal.LookAsync);

    private string Reason => $"Cohorts: cohort {_cohort.Id}, requested by {run.RequestedBy}";

    public async Task<Result> CarryOutAsync(CancellationToken cancellation)
    {
        await SaveRecognizedAsync();
        await SaveCategoriesFoundAsync();
        var standing = Channel.CreateUnbounded<RealGroup>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channels = MakeChannelsAsync(standing.Writer, either.Token);
        var events = FillGroupsAsync(standing.Reader, either.Token);
        var first = await Task.WhenAny(channels, events);
        if (first.IsFaulted || first.IsCanceled)
            await either.CancelAsync();
        await Task.WhenAll(channels, events);
        await AdmitWhoCameMeanwhileAsync(cancellation);
        return Tell();
    }

    /// <summary>
    /// What one step comes to; a refusal by Discord is kept for the result, and the others go on. A step that needs nothing of Discord is
    /// done also when Discord is not called any more.
    /// </summary>
    /// <param name="logged">The same without a person's name, where there is one in it.</param>
    private async Task<T?> AttemptAsync<T>(GroupPlan group, Item item, string what, Func<Task<T?>> work, string? logged = null)
        where T : class
    {
        if (_outcomes[item] == StepOutcome.NotTried && (_stopped is not null || _stoppedParts.ContainsKey(item.Part)))
            return null;

        var begun = clock.GetTimestamp();
        try
        {
            return await work();
        }
        catch (DiscordException e)
        {
            NotMade(e, _cohort.Id, run.Id, group.Group.Id, logged ?? what);
            _outcomes.Set(item, StepOutcome.Failed);
            _failures.Add(new Failure($"{group.Group.Name}: {what}", InWords(e)));
            StopIfPointless(e, item, clock.GetElapsedTime(begun));
            await _journal.SaveAsync(logged ?? what, "failed", new { Group = group.Group.Id, e.Message });
            return null;
        }
    }

    private void StopIfPointless(DiscordException e, Item item, TimeSpan waited)
    {
        if (e.Failure is DiscordFailure.Unauthorized or DiscordFailure.Stopped || (IsSilence(e) && waited >= PatienceWithDiscord))
            _stopped = e;
        else if (IsCategoryGone(e))
            _stoppedParts[item.Part] = "because the category they belong in was deleted meanwhile. Run it again to make it anew.";
        else if (e.Status is HttpStatusCode.Forbidden && _forbidden.TryAdd((item.Part, item.Group), 0) && _forbidden.Keys.Count(f => f.Item1 == item.Part) >= MostForbidden)
            _stoppedParts[item.Part] = "because Discord forbids them to the bot. Look which permission its role lost, then run it again.";
    }

    private static bool IsCategoryGone(DiscordException e) =>
        e.Code == DiscordErrorCode.InvalidFormBody && e.Fields.Any(f => f.Path == "parent_id" && f.Code == "CHANNEL_PARENT_INVALID");

    private static string InWords(DiscordException e) => e.Failure switch
    {
        _ when IsSilence(e) => "Discord did not answer. Run it again: what stands by then is found.",
        DiscordFailure.RateLimited => "Discord asks for a longer pause than is waited for. Run it again in a while.",
        DiscordFailure.Unauthorized => "Discord does not accept the bot's token any more.",
        DiscordFailure.Stopped => "So much was refused that Discord would ban this address; wait ten minutes, then run it again.",
        _ when IsCategoryGone(e) => "Its category was deleted meanwhile. Run it again to make it anew.",
        _ => e.Code switch
        {
            DiscordErrorCode.MissingPermissions or DiscordErrorCode.MissingAccess =>
                "The bot may not do this here. Look whether its role, or the category, denies it something; then run it again.",
            DiscordErrorCode.MaximumGuildChannels => "The server has as many channels as Discord allows (500). Delete some, then run it again.",
            DiscordErrorCode.UnknownChannel => "The channel was deleted meanwhile. Run it again to make it anew.",
            _ => e.Message,
        },
    };

    private static bool IsSilence(DiscordException e) => e.Failure is DiscordFailure.Unavailable or DiscordFailure.OutcomeUnknown;

    private async Task SaveRecognizedAsync()
    {
        if (look.Plan.Recognized.Count == 0)
            return;
        await _journal.SaveAsync(
            "recognize people by their user names",
            "found",
            new { People = look.Plan.Recognized.Keys },
            """
            UPDATE users
               SET discord_id = found.discord_id, updated_at = now()
              FROM unnest(@Users, @Ids) AS found (user_id, discord_id)
             WHERE users.user_id = found.user_id
               AND users.discord_id IS NULL
            """,
            new
            {
                Users = look.Plan.Recognized.Keys.Select(u => u.Value).ToArray(),
                Ids = look.Plan.Recognized.Values.Select(i => i.ToString()).ToArray(),
            });
    }

    /// <summary>Somebody may have joined after the members were read and before the channels were there: nobody else would let them in.</summary>
    private async Task AdmitWhoCameMeanwhileAsync(CancellationToken cancellation)
    {
        var awaited = look.Plan.Groups.SelectMany(g => g.People).Where(p => p is { Presence: Presence.NotYet, Id: not null }).Select(p => p.Id!.Value).Distinct().ToList();
        if (awaited.Count == 0 || _stopped is not null)
            return;
        var arrivals = new Arrivals(Discord, database, look.Now);
        try
        {
            await foreach (var member in Discord.ListAllMembersAsync(_guild, cancellation))
            {
                if (member.User is { } user && awaited.Contains(user.Id))
                    await arrivals.AdmitAsync(_guild, user, cancellation);
            }
        }
        catch (DiscordException e)
        {
            _failures.Add(new Failure("People who joined during the run", $"could not be looked for or let in. {InWords(e)}"));
        }
    }

    private Result Tell()
    {
        var plans = look.Plan.Groups;
        var places = plans.Select((g, place) => (g.Group.Name, place)).ToDictionary(g => g.Name, g => g.place, StringComparer.Ordinal);
        var counted = _outcomes.Count();
        return new Result(
            run.Id,
            _cohort.Id,
            _cohort.Name,
            _cohort.CourseName,
            new GuildId(_guild.Value),
            _categories.Count > 0 ? _categories[0].Name : Naming.Category(_cohort, 1),
            counted.Groups.Made,
            counted.Groups.Repaired,
            counted.Groups.ThereAlready,
            [.. _granted.OrderBy(p => places[p.Group]).ThenBy(p => p.Id.Value)],
            [.. _removed.OrderBy(p => places[p.Group]).ThenBy(p => p.Id.Value)],
            [.. People(p => p is { Presence: Presence.NotYet, Id: not null })],
            [.. People(p => p.Id is null && DiscordUsername.Of(p.Member.Username) is null)],
            counted.Events.Made,
            counted.Events.Later,
            [.. Events(m => m.Event is EventPlan.Moved)],
            [.. Events(m => m.Event is EventPlan.Cancelled)],
            [.. _failures.OrderBy(f => f.What, StringComparer.Ordinal), .. Stopped()],
            [.. Remarks.OfResult(look.Plan, _outcomes, _categoryWasMade)])
        {
            Counted = counted,
            NoMember =
            [
                .. plans.SelectMany(
                    g => g.People.Where(p => p.IsUnfound), (g, p) => new Unfound(p.Member.UserId, p.Member.Name, g.Group.Name, p.Member.Username!)),
            ],
        };

        IEnumerable<Person> People(Func<Attendance, bool> which) =>
            plans.SelectMany(g => g.People.Where(which), (g, p) => new Person(p.Member.UserId, p.Member.Name, g.Group.Name));

        IEnumerable<EventOfGroup> Events(Func<MeetingPlan, bool> which) => plans.SelectMany(
            g => g.Meetings.Where(which),
            (g, m) => new EventOfGroup(g.Group.Name, m.Number, (m.Event is EventPlan.Moved moved ? moved.To : m.Time).ToDateTimeOffset()));
    }

    private IEnumerable<Failure> Stopped()
    {
        if (_stopped is not null)
        {
            yield return new Failure("The rest", IsSilence(_stopped)
                ? "was not tried, because Discord was waited for in vain. Run it again when Discord answers."
                : "was not tried, because Discord refuses the bot as such. Mend that, then run it again.");
        }

        foreach (var (part, why) in _stoppedParts.OrderBy(p => p.Key))
            yield return new Failure($"Further {Name(part)}", $"were not tried, {why}");
    }

    private static string Name(Part part) => part switch
    {
        Part.Channel => "channels",
        Part.Access => "members' access",
        Part.Event => "events",
        Part.Welcome => "welcomes",
        _ => "mentions",
    };

    private static string Name(ChannelType type) => type == ChannelType.Text ? "text channel" : "voice channel";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cohort {Cohort}, run {Run}, group {Group}: {What} could not be made")]
    private partial void NotMade(Exception exception, CohortId cohort, RunId run, GroupId group, string what);

    private sealed record RealGroup(GroupPlan Plan, Snowflake Text, Snowflake Voice);

    private sealed record RealChannel(Snowflake Id, OpenCategory? Category);

    private sealed record RealEvent(Snowflake Id);

    private sealed record RealMessage(Snowflake Id);

    /// <summary>How far it is, in numbers only: the message that shows it may stand where everybody reads.</summary>
    private sealed class Tally(Plan plan, IProgress<RunProgress> progress)
    {
        private readonly int _channels = plan.Groups.Count * 2;
        private readonly int _events = plan.EventsToMake;
        private readonly int _groups = plan.Groups.Count;
        private int _channelsDone;
        private int _eventsDone;
        private int _groupsDone;

        public void ChannelDone() => Report(Interlocked.Increment(ref _channelsDone), _eventsDone, _groupsDone);

        public void EventDone() => Report(_channelsDone, Interlocked.Increment(ref _eventsDone), _groupsDone);

        public void GroupDone() => Report(_channelsDone, _eventsDone, Interlocked.Increment(ref _groupsDone));

        private void Report(int channels, int events, int groups) => progress.Report(new RunProgress(
            $"{channels} of {Counted.Of(_channels, "channel")}, {events} of {Counted.Of(_events, "event")}, {groups} of {Counted.Of(_groups, "group")}",
            (double)(channels + events + groups) / Math.Max(1, _channels + _events + _groups)));
    }
}

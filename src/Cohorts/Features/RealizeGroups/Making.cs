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

    private readonly DiscordRest _discord = look.Discord;
    private readonly WantedCohort _cohort = look.Wanted.Cohort;
    private readonly Snowflake _guild = look.Actual.Guild;
    private readonly Journal _journal = new(database, run, clock);
    private readonly ConcurrentBag<Failure> _failures = [];
    private readonly ConcurrentDictionary<GroupId, byte> _changed = [];
    private readonly ConcurrentDictionary<GroupId, byte> _failed = [];
    private readonly ConcurrentBag<Person> _granted = [];
    private readonly ConcurrentBag<Person> _removed = [];
    private readonly HashSet<Snowflake> _channelsKnown = [.. look.Actual.Channels.Select(c => c.Id)];
    private readonly HashSet<Snowflake> _eventsKnown = [.. look.Actual.Events.Select(e => e.Id)];
    private readonly List<OpenCategory> _categories = [];
    private readonly Tally _tally = new(look.Plan, run.Progress);
    private int _eventsMade;
    private int _eventsLater = look.Plan.EventsLater;
    private volatile bool _noRoomForEvents;

    /// <summary>Set when Discord refuses the bot as such: each further call would be refused too, and counts towards a ban.</summary>
    private volatile DiscordException? _stopped;

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

    private async Task MakeChannelsAsync(ChannelWriter<RealGroup> standing, CancellationToken cancellation)
    {
        try
        {
            // Who left a group is shut out before anything else is done.
            foreach (var group in look.Plan.Groups.OrderByDescending(g => g.Left.Any(m => m.Access == Access.Granted)))
            {
                if (await MakeChannelsAsync(group, cancellation) is { } real)
                    await standing.WriteAsync(real, cancellation);
            }
        }
        finally
        {
            standing.Complete();
        }
    }

    private async Task<RealGroup?> MakeChannelsAsync(GroupPlan group, CancellationToken cancellation)
    {
        var text = await AttemptAsync(group, "text channel", () => StandAsync(group, ChannelType.Text, group.Text, near: null, cancellation));
        var voice = await AttemptAsync(group, "voice channel", () => StandAsync(group, ChannelType.Voice, group.Voice, near: text?.Category, cancellation));
        if (text is null || voice is null)
            return null;
        await SaveAccessAsync(group);
        return new RealGroup(group, text.Id, voice.Id);
    }

    private async Task FillGroupsAsync(ChannelReader<RealGroup> standing, CancellationToken cancellation)
    {
        await foreach (var real in standing.ReadAllAsync(cancellation))
        {
            var group = real.Plan;
            await SaveMeetingsAsync(group);
            // The first event before the welcome, which links to it, and the others after it, because they link to the welcome.
            var next = group.Meetings.FirstOrDefault(m => m.Event is not (EventPlan.Past or EventPlan.Cancelled or EventPlan.Later));
            var firstEvent = next is null ? null : await AttemptAsync(group, $"event of week {next.Number}", () => StandAsync(real, next, welcome: null, cancellation));
            var welcome = await AttemptAsync(group, "welcome", () => WelcomeAsync(real, firstEvent?.Id, cancellation));
            foreach (var meeting in group.Meetings.Where(m => m != next))
                await AttemptAsync(group, $"event of week {meeting.Number}", () => StandAsync(real, meeting, welcome?.Id, cancellation));
            if (welcome is not null)
            {
                foreach (var person in group.ToMention)
                    await AttemptAsync(group, $"mention of {person.Member.Name}", () => MentionAsync(real, person, welcome.Id, cancellation), logged: "mention");
            }
            await ActivateAsync(group);
            _tally.GroupDone();
        }
    }

    /// <summary>What one step comes to; a refusal by Discord is kept for the result, and the others go on.</summary>
    /// <param name="logged">The same without a person's name, where there is one in it.</param>
    private async Task<T?> AttemptAsync<T>(GroupPlan group, string what, Func<Task<T?>> work, string? logged = null)
        where T : class
    {
        if (_stopped is not null)
        {
            _failed[group.Group.Id] = 0;
            return null;
        }

        try
        {
            return await work();
        }
        catch (DiscordException e)
        {
            NotMade(e, _cohort.Id, run.Id, group.Group.Id, logged ?? what);
            _failed[group.Group.Id] = 0;
            _failures.Add(new Failure($"{group.Group.Name}: {what}", InWords(e)));
            if (e.Failure is DiscordFailure.Unauthorized or DiscordFailure.Stopped || e.Status is HttpStatusCode.Forbidden)
                _stopped = e;
            await _journal.SaveAsync(what, "failed", new { Group = group.Group.Id, e.Message });
            return null;
        }
    }

    private static string InWords(DiscordException e) => e.Failure switch
    {
        DiscordFailure.Unavailable or DiscordFailure.OutcomeUnknown => "Discord did not answer. Run it again: what stands by then is found.",
        DiscordFailure.RateLimited => "Discord asks for a longer pause than is waited for. Run it again in a while.",
        DiscordFailure.Unauthorized => "Discord does not accept the bot's token any more.",
        DiscordFailure.Stopped => "So much was refused that Discord would ban this address; wait ten minutes, then run it again.",
        _ => e.Code switch
        {
            DiscordErrorCode.MissingPermissions or DiscordErrorCode.MissingAccess =>
                "The bot may not do this here. Look whether its role, or the category, denies it something; then run it again.",
            DiscordErrorCode.MaximumGuildChannels => "The server has as many channels as Discord allows (500). Delete some, then run it again.",
            DiscordErrorCode.UnknownChannel => "The channel was deleted meanwhile. Run it again to make it anew.",
            _ => e.Message,
        },
    };

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        await _journal.LookAsync(cancellation);
        return await call();
    }

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

    private async Task SaveCategoriesFoundAsync()
    {
        var names = look.Actual.Channels.ToDictionary(c => c.Id, c => c.Name);
        _categories.AddRange(look.Plan.Categories.Standing.Select(c => new OpenCategory(c.Id, names[c.Id] ?? "") { Channels = c.Channels }));
        if (look.Plan.Categories.ToAdopt.Count > 0)
            await SaveCategoriesAsync("found", look.Plan.Categories.ToAdopt[^1]);
    }

    private Task SaveCategoriesAsync(string outcome, Snowflake category) => _journal.SaveAsync(
        "category",
        outcome,
        new { Category = category, look.Plan.Categories.Lost },
        "UPDATE cohorts SET discord_category_id = @First, discord_further_category_ids = @Further, updated_at = now() WHERE cohort_id = @Cohort",
        new
        {
            First = _categories[0].Id.ToString(),
            Further = _categories.Skip(1).Select(c => c.Id.ToString()).ToArray(),
            Cohort = _cohort.Id.Value,
        });

    private async Task<RealChannel?> StandAsync(GroupPlan group, ChannelType type, ChannelPlan plan, OpenCategory? near, CancellationToken cancellation)
    {
        if (plan is not ChannelPlan.Stands stands)
            return await MakeAsync(group, type, (ChannelPlan.Make)plan, near, cancellation);

        var category = _categories.FirstOrDefault(c => c.Id == look.Actual.Channels.First(a => a.Id == stands.Id).ParentId);
        if (stands.Adoption == Adoption.Found)
            await SaveChannelAsync(group, type, stands.Id, "found", lost: null);
        if (stands.Place == ChannelPlace.Orphaned)
            category = await MoveUnderCategoryAsync(stands.Id, near, cancellation);
        foreach (var change in stands.Changes)
            await ChangeAsync(group, stands.Id, change, cancellation);
        if (!stands.ChangesNothing)
        {
            _changed[group.Group.Id] = 0;
            await _journal.SaveAsync(Name(type), "repaired", new { Group = group.Group.Id, Channel = stands.Id, Overwrites = stands.Changes.Count, stands.Place });
        }

        _tally.ChannelDone();
        return new RealChannel(stands.Id, category);
    }

    private async Task<RealChannel?> MakeAsync(GroupPlan group, ChannelType type, ChannelPlan.Make make, OpenCategory? near, CancellationToken cancellation)
    {
        var name = type == ChannelType.Text ? Naming.TextChannel(group.Group) : Naming.VoiceChannel(group.Group);
        var (id, category) = await WithinCategoryAsync(
            near,
            category => CreateChannelAsync(
                new NewChannel
                {
                    Name = name,
                    Type = type,
                    ParentId = category.Id,
                    PermissionOverwrites = [.. make.Overwrites.Take(ChannelAccess.MostAtCreation)],
                },
                cancellation),
            cancellation);
        await SaveChannelAsync(group, type, id, "made", make.Lost);
        foreach (var overwrite in make.Overwrites.Skip(ChannelAccess.MostAtCreation))
            await ChangeAsync(group, id, new OverwriteChange.Put(overwrite), cancellation);
        _changed[group.Group.Id] = 0;
        _tally.ChannelDone();
        return new RealChannel(id, category);
    }

    /// <summary>Discord alone says when a category is full: some have seen it refuse before the 50th channel.</summary>
    private async Task<(Snowflake Id, OpenCategory Category)> WithinCategoryAsync(
        OpenCategory? near, Func<OpenCategory, Task<Snowflake>> put, CancellationToken cancellation)
    {
        while (true)
        {
            var category = near is { HasRoom: true } ? near : _categories.FirstOrDefault(c => c.HasRoomForTwo) ?? await MakeCategoryAsync(cancellation);
            try
            {
                var id = await put(category);
                category.Channels++;
                return (id, category);
            }
            catch (DiscordException e) when (IsFull(e) && category.Channels > 0)
            {
                category.IsFull = true;
            }
        }
    }

    private static bool IsFull(DiscordException e) =>
        e.Code == DiscordErrorCode.InvalidFormBody && e.Fields.Any(f => f.Path == "parent_id" && f.Code.Contains("MAX_CHANNELS", StringComparison.Ordinal));

    private async Task<OpenCategory> MakeCategoryAsync(CancellationToken cancellation)
    {
        var number = 1;
        while (_categories.Any(c => c.Name == Naming.Category(_cohort, number)))
            number++;
        var name = Naming.Category(_cohort, number);
        var id = await CreateChannelAsync(
            new NewChannel
            {
                Name = name,
                Type = ChannelType.Category,
                PermissionOverwrites = ChannelAccess.OfCategory(_guild, look.Actual.Bot),
            },
            cancellation);
        var category = new OpenCategory(id, name);
        _categories.Insert(Math.Min(number - 1, _categories.Count), category);
        await SaveCategoriesAsync("made", id);
        return category;
    }

    private async Task<OpenCategory> MoveUnderCategoryAsync(Snowflake channel, OpenCategory? near, CancellationToken cancellation) =>
        (await WithinCategoryAsync(
            near,
            async category => (await CallAsync(
                () => _discord.EditChannelAsync(channel, new ChannelChange { ParentId = category.Id }, Reason, cancellation), cancellation)).Id,
            cancellation)).Category;

    /// <summary>Makes a channel once: where no answer came, what Discord holds by then says whether it was made.</summary>
    private async Task<Snowflake> CreateChannelAsync(NewChannel channel, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var made = await CallAsync(() => _discord.CreateChannelAsync(_guild, channel, Reason, cancellation), cancellation);
                _channelsKnown.Add(made.Id);
                return made.Id;
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.OutcomeUnknown && attempt < MostAttempts)
            {
                var there = await _discord.ListChannelsAsync(_guild, cancellation);
                if (there.FirstOrDefault(c => c.Type == channel.Type && c.Name == channel.Name && c.ParentId == channel.ParentId && _channelsKnown.Add(c.Id)) is { } made)
                    return made.Id;
            }
        }
    }

    private Task SaveChannelAsync(GroupPlan group, ChannelType type, Snowflake id, string outcome, Snowflake? lost)
    {
        // A welcome is gone with its channel, and so are the mentions in it.
        var sql = type == ChannelType.Text
            ? """
              UPDATE groups
                 SET discord_text_channel_id = @Channel,
                     welcome_message_id = CASE WHEN @IsNew THEN NULL ELSE welcome_message_id END,
                     updated_at = now()
               WHERE group_id = @Group;
              UPDATE groups_users SET mentioned_in_message_id = NULL WHERE group_id = @Group AND @IsNew;
              """
            : "UPDATE groups SET discord_voice_channel_id = @Channel, updated_at = now() WHERE group_id = @Group";
        return _journal.SaveAsync(
            Name(type),
            outcome,
            new { Group = group.Group.Id, Channel = id, Lost = lost },
            sql,
            new { Channel = id.ToString(), Group = group.Group.Id.Value, IsNew = outcome == "made" });
    }

    private async Task ChangeAsync(GroupPlan group, Snowflake channel, OverwriteChange change, CancellationToken cancellation)
    {
        try
        {
            await CallAsync(
                async () =>
                {
                    if (change is OverwriteChange.Put { Overwrite: var overwrite })
                        await _discord.PutOverwriteAsync(channel, overwrite, Reason, cancellation);
                    else if (change is OverwriteChange.Remove { User: var user })
                        await _discord.DeleteOverwriteAsync(channel, user, Reason, cancellation);
                    return change;
                },
                cancellation);
        }
        catch (DiscordException e) when (change is OverwriteChange.Remove && e.Code == DiscordErrorCode.UnknownOverwrite)
        {
            // Somebody else has taken it away.
        }

        _changed[group.Group.Id] = 0;
    }

    private async Task SaveAccessAsync(GroupPlan group)
    {
        var came = group.People.Where(p => p is { Presence: Presence.InTheGuild, Member.Access: Access.None }).ToList();
        var absent = group.People.Where(p => p.Presence == Presence.NotYet).ToList();
        var left = group.Left.Where(m => m.Access == Access.Granted).ToList();
        var put = new[] { group.Text, group.Voice }.OfType<ChannelPlan.Stands>()
            .SelectMany(c => c.Changes).OfType<OverwriteChange.Put>().Select(c => c.Overwrite.Id).ToHashSet();
        foreach (var person in group.People.Where(p => p.Presence == Presence.InTheGuild && (p.Member.Access == Access.None || put.Contains(p.Id!.Value))))
            _granted.Add(new Person(person.Member.UserId, person.Member.Name, group.Group.Name));
        foreach (var member in left)
            _removed.Add(new Person(member.UserId, member.Name, group.Group.Name));
        if (came.Count + absent.Count + left.Count == 0)
            return;
        await _journal.SaveAsync(
            "access",
            "saved",
            new { Group = group.Group.Id, Granted = came.Count, NotHere = absent.Count, Removed = left.Count },
            """
            UPDATE groups_users SET access_granted_at = now(), absent_at = NULL, updated_at = now() WHERE group_user_id = ANY(@Came);
            UPDATE groups_users SET access_granted_at = NULL, absent_at = coalesce(absent_at, now()) WHERE group_user_id = ANY(@Absent);
            UPDATE groups_users SET access_granted_at = NULL, updated_at = now() WHERE group_user_id = ANY(@Left);
            """,
            new
            {
                Came = came.Select(p => p.Member.MembershipId).ToArray(),
                Absent = absent.Select(p => p.Member.MembershipId).ToArray(),
                Left = left.Select(m => m.MembershipId).ToArray(),
            });
    }

    /// <summary>All meetings at once, past ones too: their numbers stay, whatever is made for them.</summary>
    private async Task SaveMeetingsAsync(GroupPlan group)
    {
        var missing = group.Meetings.Where(m => m.Row == MeetingRow.ToInsert).ToList();
        if (missing.Count == 0)
            return;
        await _journal.SaveAsync(
            "meetings",
            "saved",
            new { Group = group.Group.Id, Meetings = missing.Count },
            """
            INSERT INTO meetings (group_id, cohort_id, course_id, meeting_number, scheduled_time_utc)
            SELECT @Group, cohort_id, course_id, planned.number, planned.time
              FROM cohorts, unnest(@Numbers, @Times) AS planned (number, time)
             WHERE cohort_id = @Cohort
            ON CONFLICT (group_id, meeting_number) DO NOTHING
            """,
            new
            {
                Group = group.Group.Id.Value,
                Cohort = _cohort.Id.Value,
                Numbers = missing.Select(m => m.Number).ToArray(),
                Times = missing.Select(m => m.Time).ToArray(),
            });
    }

    /// <returns>The event that stands; null where there is none.</returns>
    private async Task<RealEvent?> StandAsync(RealGroup real, MeetingPlan meeting, Snowflake? welcome, CancellationToken cancellation)
    {
        var group = real.Plan.Group;
        switch (meeting.Event)
        {
            case EventPlan.Stands stands:
                return new RealEvent(stands.Id);
            case EventPlan.Adopt found:
                await SaveEventAsync(real, meeting, found.Id, "found");
                return new RealEvent(found.Id);
            case EventPlan.Moved moved:
                _changed[group.Id] = 0;
                await _journal.SaveAsync(
                    "event",
                    "moved by hand",
                    new { Group = group.Id, meeting.Number, moved.To },
                    """
                    UPDATE meetings
                       SET scheduled_time_utc = @Time, was_rescheduled = true, reschedule_reason = 'The event was moved in Discord.', updated_at = now()
                     WHERE group_id = @Group AND meeting_number = @Number
                    """,
                    new { Time = moved.To, Group = group.Id.Value, meeting.Number });
                return new RealEvent(moved.Id);
            case EventPlan.Rehang rehang:
                await CallAsync(
                    () => _discord.EditScheduledEventAsync(_guild, rehang.Id, new ScheduledEventChange { ChannelId = real.Voice }, Reason, cancellation), cancellation);
                await SaveEventAsync(real, meeting, rehang.Id, "moved to the new channel");
                return new RealEvent(rehang.Id);
            case EventPlan.Cancelled { Finding: Finding.New }:
                await _journal.SaveAsync(
                    "event",
                    "deleted by hand",
                    new { Group = group.Id, meeting.Number },
                    "UPDATE meetings SET event_cancelled_at = now(), updated_at = now() WHERE group_id = @Group AND meeting_number = @Number",
                    new { Group = group.Id.Value, meeting.Number });
                return null;
            case EventPlan.Make when _noRoomForEvents:
                Interlocked.Increment(ref _eventsLater);
                return null;
            case EventPlan.Make:
                return await MakeEventAsync(real, meeting, welcome, cancellation);
            default:
                return null;
        }
    }

    private async Task<RealEvent?> MakeEventAsync(RealGroup real, MeetingPlan meeting, Snowflake? welcome, CancellationToken cancellation)
    {
        var start = meeting.Time.ToDateTimeOffset();
        var scheduled = new NewScheduledEvent
        {
            Name = Naming.Event(real.Plan.Group, meeting.Number),
            Description = Description(real, welcome),
            ChannelId = real.Voice,
            ScheduledStartTime = start,
            ScheduledEndTime = start.AddMinutes(real.Plan.Group.LengthMinutes),
        };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var made = await CallAsync(() => _discord.CreateScheduledEventAsync(_guild, scheduled, Reason, cancellation), cancellation);
                return await MadeAsync(made.Id);
            }
            catch (DiscordException e) when (e.Code == DiscordErrorCode.MaximumScheduledEvents)
            {
                _noRoomForEvents = true;
                Interlocked.Increment(ref _eventsLater);
                return null;
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.OutcomeUnknown && attempt < MostAttempts)
            {
                var there = await _discord.ListScheduledEventsAsync(_guild, cancellation);
                if (there.FirstOrDefault(s => s.CreatorId == look.Actual.Bot && s.ChannelId == real.Voice && s.Name == scheduled.Name && !_eventsKnown.Contains(s.Id)) is { } made)
                    return await MadeAsync(made.Id);
            }
        }

        async Task<RealEvent> MadeAsync(Snowflake id)
        {
            _eventsKnown.Add(id);
            Interlocked.Increment(ref _eventsMade);
            _changed[real.Plan.Group.Id] = 0;
            await SaveEventAsync(real, meeting, id, "made");
            _tally.EventDone();
            return new RealEvent(id);
        }
    }

    /// <summary>
    /// The first event is made before the welcome, and links to the beginning of the channel, where the welcome will stand.
    /// </summary>
    private string Description(RealGroup real, Snowflake? welcome) => DiscordText.Cut(
        $"{DiscordText.Escape(_cohort.CourseName, 200)}, {DiscordText.Escape(_cohort.Name, 200)}\n" +
        $"Who is in the group and how it begins: {MessageLink(real.Text, welcome)}",
        1000);

    private Uri MessageLink(Snowflake channel, Snowflake? message) =>
        new($"https://discord.com/channels/{_guild}/{channel}/{message?.ToString() ?? "0"}");

    private Task SaveEventAsync(RealGroup real, MeetingPlan meeting, Snowflake id, string outcome) => _journal.SaveAsync(
        "event",
        outcome,
        new { Group = real.Plan.Group.Id, meeting.Number, Event = id },
        """
        UPDATE meetings
           SET discord_event_id = @Event, discord_voice_channel_id = @Voice, event_cancelled_at = NULL, updated_at = now()
         WHERE group_id = @Group AND meeting_number = @Number
        """,
        new { Event = id.ToString(), Voice = real.Voice.ToString(), Group = real.Plan.Group.Id.Value, meeting.Number });

    private async Task<RealMessage?> WelcomeAsync(RealGroup real, Snowflake? firstEvent, CancellationToken cancellation)
    {
        var group = real.Plan;
        switch (group.Welcome)
        {
            case WelcomePlan.Stands { Adoption: Adoption.Known } known:
                return new RealMessage(known.Id);
            case WelcomePlan.Stands found:
                await SaveWelcomeAsync(group, found.Id, "found", found.Mentioned);
                return new RealMessage(found.Id);
            case WelcomePlan.Post:
                var message = WelcomeMessage.Render(
                    new Welcome(
                        group.Group.Id,
                        group.Group.Name,
                        _cohort.CourseName,
                        _cohort.Name,
                        [.. group.People.Select(Member)],
                        [.. group.Meetings.Select(m => m.Event is EventPlan.Moved moved ? moved.To : m.Time)],
                        group.Group.LengthMinutes,
                        firstEvent is { } id ? new Uri($"https://discord.com/events/{_guild}/{id}") : null,
                        _cohort.WelcomeTemplate),
                    zones);
                // Of the channel, because a group whose channel was deleted is welcomed in its new one, perhaps within the nonce's minutes.
                var posted = await CallAsync(() => _discord.CreateMessageAsync(real.Text, message, $"w{real.Text}", cancellation, Reason), cancellation);
                await SaveWelcomeAsync(
                    group, posted.Id, "posted", group.People.Where(p => p.Presence == Presence.InTheGuild).Select(p => p.Id!.Value).ToHashSet());
                _changed[group.Group.Id] = 0;
                return new RealMessage(posted.Id);
            default:
                return null;
        }
    }

    private static WelcomeMember Member(Attendance person) =>
        new(person.Member.Name, person.Id, person.Presence, person.Member.Role, person.Member.Timezone);

    private Task SaveWelcomeAsync(GroupPlan group, Snowflake message, string outcome, IReadOnlySet<Snowflake> mentioned) => _journal.SaveAsync(
        "welcome",
        outcome,
        new { Group = group.Group.Id, Message = message },
        """
        UPDATE groups SET welcome_message_id = @Message, updated_at = now() WHERE group_id = @Group;
        UPDATE groups_users SET mentioned_in_message_id = @Message, updated_at = now() WHERE group_user_id = ANY(@Members);
        """,
        new
        {
            Message = message.ToString(),
            Group = group.Group.Id.Value,
            Members = group.People.Where(p => p.Id is { } id && mentioned.Contains(id)).Select(p => p.Member.MembershipId).ToArray(),
        });

    /// <summary>Once: a member who was mentioned already, before the process died, is found by the footer of that message.</summary>
    private async Task<RealMessage?> MentionAsync(RealGroup real, Attendance person, Snowflake welcome, CancellationToken cancellation)
    {
        var group = real.Plan;
        var footer = WelcomeMessage.ArrivalFooter(group.Group.Id, person.Id!.Value);
        var there = look.Actual.Messages.GetValueOrDefault(real.Text)?.FirstOrDefault(m => m.Author?.Id == look.Actual.Bot && m.Embeds.Any(e => e.Footer?.Text == footer));
        var message = there ?? await CallAsync(
            () => _discord.CreateMessageAsync(
                real.Text,
                WelcomeMessage.Arrival(Member(person), group.Group.Id, group.Group.Name, MessageLink(real.Text, welcome)),
                Arrivals.Nonce(person.Member.MembershipId, real.Text),
                cancellation,
                Reason),
            cancellation);
        _changed[group.Group.Id] = 0;
        await _journal.SaveAsync(
            "mention",
            there is null ? "posted" : "found",
            new { Group = group.Group.Id, Message = message.Id },
            "UPDATE groups_users SET mentioned_in_message_id = @Message, updated_at = now() WHERE group_user_id = @Member",
            new { Message = message.Id.ToString(), Member = person.Member.MembershipId });
        return new RealMessage(message.Id);
    }

    private async Task ActivateAsync(GroupPlan group)
    {
        if (group.Group.State == GroupState.Active || _failed.ContainsKey(group.Group.Id))
            return;
        await _journal.SaveAsync(
            "group",
            "active",
            new { Group = group.Group.Id },
            "UPDATE groups SET status = 'active', updated_at = now() WHERE group_id = @Group AND status = 'forming'",
            new { Group = group.Group.Id.Value });
    }

    /// <summary>Somebody may have joined after the members were read and before the channels were there: nobody else would let them in.</summary>
    private async Task AdmitWhoCameMeanwhileAsync(CancellationToken cancellation)
    {
        var awaited = look.Plan.Groups.SelectMany(g => g.People).Where(p => p is { Presence: Presence.NotYet, Id: not null }).Select(p => p.Id!.Value).Distinct().ToList();
        if (awaited.Count == 0 || _stopped is not null)
            return;
        var arrivals = new Arrivals(_discord, database);
        await foreach (var member in _discord.ListAllMembersAsync(_guild, cancellation))
        {
            if (member.User is { } user && awaited.Contains(user.Id))
                await arrivals.AdmitAsync(_guild, user, cancellation);
        }
    }

    private Result Tell()
    {
        var plans = look.Plan.Groups;
        var places = plans.Select((g, place) => (g.Group.Name, place)).ToDictionary(g => g.Name, g => g.place, StringComparer.Ordinal);
        var failed = plans.Where(g => _failed.ContainsKey(g.Group.Id)).Select(g => g.Group.Id).ToHashSet();
        var made = plans.Count(g => g.Group.State == GroupState.Forming && !failed.Contains(g.Group.Id));
        var repaired = plans.Count(g => g.Group.State == GroupState.Active && _changed.ContainsKey(g.Group.Id));
        return new Result(
            run.Id,
            _cohort.Id,
            _cohort.Name,
            _cohort.CourseName,
            new GuildId(_guild.Value),
            _categories.Count > 0 ? _categories[0].Name : Naming.Category(_cohort, 1),
            made,
            repaired,
            plans.Count - made - repaired,
            [.. _granted.OrderBy(p => places[p.Group]).ThenBy(p => p.Id.Value)],
            [.. _removed.OrderBy(p => places[p.Group]).ThenBy(p => p.Id.Value)],
            [.. People(p => p is { Presence: Presence.NotYet } && (p.Id is not null || p.Member.Username is { Length: > 0 }))],
            [.. People(p => p is { Id: null, Member.Username: null or "" })],
            _eventsMade,
            _eventsLater,
            [.. Events(m => m.Event is EventPlan.Moved)],
            [.. Events(m => m.Event is EventPlan.Cancelled)],
            [.. _failures.OrderBy(f => f.What, StringComparer.Ordinal), .. Stopped()],
            [.. Remarks.Of(look.Plan)]);

        IEnumerable<Person> People(Func<Attendance, bool> which) =>
            plans.SelectMany(g => g.People.Where(which), (g, p) => new Person(p.Member.UserId, p.Member.Name, g.Group.Name));

        IEnumerable<EventOfGroup> Events(Func<MeetingPlan, bool> which) => plans.SelectMany(
            g => g.Meetings.Where(which),
            (g, m) => new EventOfGroup(g.Group.Name, m.Number, (m.Event is EventPlan.Moved moved ? moved.To : m.Time).ToDateTimeOffset()));
    }

    private IEnumerable<Failure> Stopped() => _stopped is null
        ? []
        : [new Failure("The rest", "was not tried, because Discord refuses the bot as such. Mend that, then run it again.")];

    private static string Name(ChannelType type) => type == ChannelType.Text ? "text channel" : "voice channel";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cohort {Cohort}, run {Run}, group {Group}: {What} could not be made")]
    private partial void NotMade(Exception exception, CohortId cohort, RunId run, GroupId group, string what);

    private sealed class OpenCategory(Snowflake id, string name)
    {
        public Snowflake Id { get; } = id;

        public string Name { get; } = name;

        public int Channels { get; set; }

        public bool IsFull { get; set; }

        public bool HasRoom => !IsFull && Channels < Difference.ChannelsPerCategory;

        /// <summary>A group's two channels stand together.</summary>
        public bool HasRoomForTwo => !IsFull && Channels + 1 < Difference.ChannelsPerCategory;
    }

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
            $"{channels} of {_channels} channels, {events} of {_events} events, {groups} of {_groups} groups",
            (double)(channels + events + groups) / Math.Max(1, _channels + _events + _groups)));
    }
}

using System.Threading.Channels;
using Cohorts.Discord;

namespace Cohorts.Features.RealizeGroups;

/// <summary>The second worker: meetings, events, the welcome, and mentions of those who came after it.</summary>
internal sealed partial class Making
{
    private async Task FillGroupsAsync(ChannelReader<RealGroup> standing, CancellationToken cancellation)
    {
        await foreach (var real in standing.ReadAllAsync(cancellation))
        {
            var group = real.Plan;
            await SaveMeetingsAsync(group);
            // The first event before the welcome, which links to it, and the others after it, because they link to the welcome.
            var next = group.Meetings.FirstOrDefault(m => m.Event is not (EventPlan.Past or EventPlan.Cancelled or EventPlan.Later));
            var firstEvent = next is null ? null : await AttemptAsync(group, Item.Event(group, next), $"event of week {next.Number}", () => StandAsync(real, next, welcome: null, cancellation));
            var welcome = group.Welcome is WelcomePlan.None
                ? null
                : await AttemptAsync(group, Item.Welcome(group), "welcome", () => WelcomeAsync(real, firstEvent?.Id, cancellation));
            foreach (var cancelled in group.Meetings.Where(m => m.Event is EventPlan.Cancelled { Finding: Finding.New }))
                await SaveCancelledAsync(real, cancelled);
            foreach (var meeting in group.Meetings.Where(m => m != next && m.Event is not (EventPlan.Past or EventPlan.Cancelled)))
                await AttemptAsync(group, Item.Event(group, meeting), $"event of week {meeting.Number}", () => StandAsync(real, meeting, welcome?.Id, cancellation));
            if (welcome is not null)
            {
                foreach (var person in group.ToMention)
                    await AttemptAsync(group, Item.Mention(group, person), $"mention of {person.Member.Name}", () => MentionAsync(real, person, welcome.Id, cancellation), logged: "mention");
            }
            await ActivateAsync(group);
            _tally.GroupDone();
        }
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
                _outcomes.Set(Item.Event(real.Plan, meeting), StepOutcome.Repaired);
                return new RealEvent(moved.Id);
            case EventPlan.Rehang rehang:
                await Discord.EditScheduledEventAsync(_guild, rehang.Id, new ScheduledEventChange { ChannelId = real.Voice }, Reason, cancellation);
                await SaveEventAsync(real, meeting, rehang.Id, "moved to the new channel");
                _outcomes.Set(Item.Event(real.Plan, meeting), StepOutcome.Repaired);
                return new RealEvent(rehang.Id);
            case EventPlan.Make when _noRoomForEvents:
                _outcomes.Set(Item.Event(real.Plan, meeting), StepOutcome.Later);
                return null;
            case EventPlan.Make:
                return await MakeEventAsync(real, meeting, welcome, cancellation);
            default:
                return null;
        }
    }

    private Task SaveCancelledAsync(RealGroup real, MeetingPlan meeting) => _journal.SaveAsync(
        "event",
        "deleted by hand",
        new { Group = real.Plan.Group.Id, meeting.Number },
        "UPDATE meetings SET event_cancelled_at = now(), updated_at = now() WHERE group_id = @Group AND meeting_number = @Number",
        new { Group = real.Plan.Group.Id.Value, meeting.Number });

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
                var made = await Discord.CreateScheduledEventAsync(_guild, scheduled, Reason, cancellation);
                return await MadeAsync(made.Id);
            }
            catch (DiscordException e) when (e.Code == DiscordErrorCode.MaximumScheduledEvents)
            {
                _noRoomForEvents = true;
                _outcomes.Set(Item.Event(real.Plan, meeting), StepOutcome.Later);
                return null;
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.OutcomeUnknown && attempt < MostAttempts)
            {
                var there = await Discord.ListScheduledEventsAsync(_guild, cancellation);
                if (there.FirstOrDefault(s => s.CreatorId == look.Actual.Bot && s.ChannelId == real.Voice && s.Name == scheduled.Name && !_eventsKnown.Contains(s.Id)) is { } made)
                    return await MadeAsync(made.Id);
            }
        }

        async Task<RealEvent> MadeAsync(Snowflake id)
        {
            _eventsKnown.Add(id);
            await SaveEventAsync(real, meeting, id, "made");
            _outcomes.Set(Item.Event(real.Plan, meeting), StepOutcome.Made);
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
                        _cohort.WelcomeTemplate)
                    {
                        SentAt = look.Now,
                    },
                    zones);
                // Of the channel, because a group whose channel was deleted is welcomed in its new one, perhaps within the nonce's minutes.
                var posted = await PostOnceAsync(real.Text, message, $"w{real.Text}", WelcomeMessage.Footer(group.Group.Id), cancellation);
                await SaveWelcomeAsync(
                    group, posted.Id, "posted", group.People.Where(p => p.Presence == Presence.InTheGuild).Select(p => p.Id!.Value).ToHashSet());
                _outcomes.Set(Item.Welcome(group), StepOutcome.Made);
                return new RealMessage(posted.Id);
            default:
                return null;
        }
    }

    /// <summary>
    /// Posts a message once: the nonce is Discord's for a few minutes only, so where no answer came, the channel says whether it stands.
    /// </summary>
    private async Task<Message> PostOnceAsync(Snowflake channel, OutgoingMessage message, string nonce, string footer, CancellationToken cancellation)
    {
        if (look.Actual.Unread.Contains(channel) && await FindPostedAsync(channel, footer, cancellation) is { } earlier)
            return earlier;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Discord.CreateMessageAsync(channel, message, nonce, cancellation, Reason);
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.OutcomeUnknown && attempt < MostAttempts)
            {
                if (await FindPostedAsync(channel, footer, cancellation) is { } posted)
                    return posted;
            }
        }
    }

    private async Task<Message?> FindPostedAsync(Snowflake channel, string footer, CancellationToken cancellation) =>
        (await Discord.ListMessagesAsync(channel, cancellation))
            .FirstOrDefault(m => m.Author?.Id == look.Actual.Bot && m.Embeds.Any(s => s.Footer?.Text == footer));

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
        var message = there ?? await PostOnceAsync(
            real.Text,
            WelcomeMessage.Arrival(Member(person), group.Group.Id, group.Group.Name, MessageLink(real.Text, welcome)),
            Arrivals.Nonce(person.Member.MembershipId, real.Text),
            footer,
            cancellation);
        _outcomes.Set(Item.Mention(group, person), StepOutcome.Made);
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
        if (group.Group.State == GroupState.Active || !_outcomes.IsComplete(group))
            return;
        await _journal.SaveAsync(
            "group",
            "active",
            new { Group = group.Group.Id },
            "UPDATE groups SET status = 'active', updated_at = now() WHERE group_id = @Group AND status = 'forming'",
            new { Group = group.Group.Id.Value });
    }
}

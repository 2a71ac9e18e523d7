using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class ScheduledEvents
{
    private const int AuditCreate = 100, AuditUpdate = 101, AuditDelete = 102;
    private const int Weekly = 2;

    public static Answer List(Call call)
    {
        var guild = call.Guild();
        var bot = call.World.BotIn(guild);
        var withCount = call.Asks("with_user_count");
        return Answer.Ok(Render.List(
            guild.Events.Values.Where(scheduled => scheduled.IsOpen && IsSeen(guild, bot, scheduled)),
            scheduled => Render.Event(call.World, guild, scheduled, withCount)));
    }

    public static Answer Get(Call call)
    {
        var guild = call.Guild();
        return Answer.Ok(Render.Event(call.World, guild, Find(call, guild), call.Asks("with_user_count")));
    }

    public static Answer Create(Call call)
    {
        var guild = call.Guild();
        var form = call.Body;
        var place = (EventPlace?)form.Choice("entity_type", required: true, 1, 2, 3);
        form.Choice("privacy_level", required: true, 2);
        form.Text("name", Limits.EventName, min: 1, required: true);
        form.Time("scheduled_start_time", required: true);
        form.Errors.ThrowIfAny();
        var scheduled = new ScheduledEvent(call.World.Ids.Next(), call.Bot.Id, place!.Value);
        Read(call, guild, scheduled, isNew: true);
        form.Errors.ThrowIfAny();
        DemandMay(call, guild, scheduled, Permission.CreateEvents);
        if (guild.Events.Values.Count(other => other.IsOpen) >= Limits.OpenEventsPerGuild)
        {
            throw Refused.TooManyEvents();
        }

        guild.Events.Add(scheduled.Id, scheduled);
        call.Audit(guild, AuditCreate, scheduled.Id);
        Announce(call.World, guild, scheduled, "GUILD_SCHEDULED_EVENT_CREATE");
        return Answer.Ok(Render.Event(call.World, guild, scheduled));
    }

    public static Answer Edit(Call call)
    {
        var guild = call.Guild();
        var scheduled = Find(call, guild);
        DemandMayChange(call, guild, scheduled);
        if (!scheduled.IsOpen)
        {
            throw Refused.FinishedEvent();
        }

        var form = call.Body;
        var status = (EventStatus?)form.Choice("status", required: false, 1, 2, 3, 4);
        if (status is { } wanted && wanted != scheduled.Status && (scheduled.Status, wanted) is not
            ((EventStatus.Scheduled, EventStatus.Active) or (EventStatus.Scheduled, EventStatus.Canceled) or (EventStatus.Active, EventStatus.Completed)))
        {
            form.Fail("status", "GUILD_SCHEDULED_EVENT_INVALID_STATUS_TRANSITION", "Invalid status transition.");
        }

        var changed = new ScheduledEvent(scheduled.Id, scheduled.CreatorId, (EventPlace?)form.Choice("entity_type", required: false, 1, 2, 3) ?? scheduled.Place)
        {
            Name = scheduled.Name,
            Description = scheduled.Description,
            ChannelId = scheduled.ChannelId,
            Location = scheduled.Location,
            Start = scheduled.Start,
            End = scheduled.End,
            Recurrence = scheduled.Recurrence,
            Status = status ?? scheduled.Status,
        };
        form.Errors.ThrowIfAny();
        Read(call, guild, changed, isNew: false);
        form.Errors.ThrowIfAny();
        guild.Events[scheduled.Id] = changed;
        if (!changed.IsOpen)
        {
            Roll(call.World, guild, changed);
        }

        call.Audit(guild, AuditUpdate, changed.Id);
        Announce(call.World, guild, changed, "GUILD_SCHEDULED_EVENT_UPDATE");
        return Answer.Ok(Render.Event(call.World, guild, changed));
    }

    public static Answer Delete(Call call)
    {
        var guild = call.Guild();
        var scheduled = Find(call, guild);
        DemandMayChange(call, guild, scheduled);
        guild.Events.Remove(scheduled.Id);
        call.Audit(guild, AuditDelete, scheduled.Id);
        Announce(call.World, guild, scheduled, "GUILD_SCHEDULED_EVENT_DELETE");
        return Answer.NoContent;
    }

    /// <summary>
    /// What time does to an event, as documented under "event automation": one at an external place begins and ends by itself;
    /// one in a channel that nobody starts is cancelled after a few hours.
    /// </summary>
    public static void Age(World world, Guild guild, ScheduledEvent scheduled, DateTimeOffset now)
    {
        if (scheduled is { Status: EventStatus.Scheduled, Place: EventPlace.External } && scheduled.Start <= now)
        {
            scheduled.Status = EventStatus.Active;
            Announce(world, guild, scheduled, "GUILD_SCHEDULED_EVENT_UPDATE");
        }

        if (scheduled is { Status: EventStatus.Active, Place: EventPlace.External, End: { } end } && end <= now)
        {
            scheduled.Status = EventStatus.Completed;
            Announce(world, guild, scheduled, "GUILD_SCHEDULED_EVENT_UPDATE");
            Roll(world, guild, scheduled);
        }
        else if (scheduled is { Status: EventStatus.Scheduled } && scheduled.Start + Limits.UnstartedEvent <= now)
        {
            Cancel(world, guild, scheduled);
            Roll(world, guild, scheduled);
        }
    }

    public static void Cancel(World world, Guild guild, ScheduledEvent scheduled)
    {
        scheduled.Status = EventStatus.Canceled;
        Announce(world, guild, scheduled, "GUILD_SCHEDULED_EVENT_UPDATE");
    }

    public static bool IsSeen(Guild guild, Member member, ScheduledEvent scheduled) =>
        scheduled.ChannelId is not { } id || (guild.Channels.TryGetValue(id, out var channel) && Permissions.Sees(guild, member, channel));

    /// <summary>An event that repeats stands again for its next time once one time is over.</summary>
    private static void Roll(World world, Guild guild, ScheduledEvent scheduled)
    {
        if (scheduled.Recurrence is null || (scheduled.ChannelId is { } id && !guild.Channels.ContainsKey(id)))
        {
            return;
        }

        var weeks = TimeSpan.FromDays(7 * (scheduled.Recurrence["interval"]?.GetValue<int>() ?? 1));
        do
        {
            scheduled.Start += weeks;
            scheduled.End += weeks;
        }
        while (scheduled.Start <= world.Now);

        scheduled.Status = EventStatus.Scheduled;
        Announce(world, guild, scheduled, "GUILD_SCHEDULED_EVENT_UPDATE");
    }

    private static void Read(Call call, Guild guild, ScheduledEvent scheduled, bool isNew)
    {
        var form = call.Body;
        var now = call.World.Now;
        scheduled.Name = form.Text("name", Limits.EventName, min: 1) ?? scheduled.Name;
        scheduled.Description = form.Has("description") ? form.Text("description", Limits.EventDescription) : scheduled.Description;
        var start = form.Time("scheduled_start_time");
        scheduled.Start = start ?? scheduled.Start;
        scheduled.End = form.Has("scheduled_end_time") ? form.Time("scheduled_end_time") : scheduled.End;
        scheduled.ChannelId = form.Has("channel_id") ? form.Id("channel_id") : scheduled.ChannelId;
        scheduled.Location = form.Object("entity_metadata") is { } metadata ? metadata.Text("location", 100) : scheduled.Location;
        if (start is not null && scheduled.Start <= now)
        {
            form.Fail("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", "Cannot schedule event in the past.");
        }
        else if (scheduled.Start > now.AddYears(5))
        {
            form.Fail("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_TOO_FAR", "Cannot schedule event more than 5 years in the future.");
        }

        if (scheduled.End is { } end && end <= scheduled.Start)
        {
            form.Fail("scheduled_end_time", "GUILD_SCHEDULED_EVENT_END_BEFORE_START", "Cannot schedule event to end before it starts.");
        }

        if (scheduled.Place == EventPlace.External)
        {
            ReadExternal(form, scheduled);
        }
        else
        {
            ReadInChannel(call, guild, scheduled);
        }

        if (form.Has("recurrence_rule"))
        {
            scheduled.Recurrence = form.Object("recurrence_rule") is { } rule ? ReadRecurrence(rule) : null;
        }

        if (isNew && form.HasValue("status"))
        {
            form.Fail("status", "BASE_TYPE_CHOICES", "A new event is always scheduled.");
        }
    }

    private static void ReadExternal(Form form, ScheduledEvent scheduled)
    {
        if (scheduled.ChannelId is not null && form.HasValue("channel_id"))
        {
            form.Fail("channel_id", "GUILD_SCHEDULED_EVENT_CHANNEL_NOT_ALLOWED", "An external event has no channel.");
        }

        scheduled.ChannelId = null;
        if (string.IsNullOrEmpty(scheduled.Location))
        {
            form.Fail(form.HasValue("entity_metadata") ? "entity_metadata.location" : "entity_metadata", "BASE_TYPE_REQUIRED", "This field is required");
        }

        if (scheduled.End is null)
        {
            form.Required("scheduled_end_time");
        }
    }

    private static void ReadInChannel(Call call, Guild guild, ScheduledEvent scheduled)
    {
        var form = call.Body;
        scheduled.Location = null;
        if (scheduled.ChannelId is not { } id)
        {
            form.Required("channel_id");
        }
        else if (!guild.Channels.TryGetValue(id, out var channel))
        {
            throw Refused.UnknownChannel();
        }
        else if (!call.World.BotSees(guild, channel))
        {
            throw Refused.MissingAccess();
        }
        else if (scheduled.Place != EventPlace.Voice || channel.Type != ChannelType.Voice)
        {
            throw Refused.WrongChannelType();
        }
    }

    /// <summary>Weekly on one weekday, every week or every second; count and end cannot be set.</summary>
    private static JsonObject? ReadRecurrence(Form rule)
    {
        var start = rule.Time("start", required: true);
        rule.Choice("frequency", required: true, Weekly);
        var interval = rule.Choice("interval", required: true, 1, 2);
        var days = rule.Items("by_weekday", 7);
        if (days.Count != 1)
        {
            rule.Fail("by_weekday", "BASE_TYPE_BAD_LENGTH", "Must be exactly 1 in length for a weekly rule.");
        }

        foreach (var name in new[] { "count", "end", "by_year_day", "by_n_weekday", "by_month", "by_month_day" })
        {
            if (rule.HasValue(name))
            {
                rule.Fail(name, "GUILD_SCHEDULED_EVENT_RECURRENCE_RULE_INVALID", "This field cannot be set.");
            }
        }

        if (rule.Errors.Any)
        {
            return null;
        }

        return new JsonObject
        {
            ["start"] = Render.Time(start!.Value),
            ["end"] = null,
            ["frequency"] = Weekly,
            ["interval"] = interval,
            ["by_weekday"] = new JsonArray(JsonValue.Create(days[0].GetInt32())),
            ["by_n_weekday"] = null,
            ["by_month"] = null,
            ["by_month_day"] = null,
            ["by_year_day"] = null,
            ["count"] = null,
        };
    }

    /// <summary>An own event needs CREATE_EVENTS, somebody else's MANAGE_EVENTS.</summary>
    private static void DemandMayChange(Call call, Guild guild, ScheduledEvent scheduled) =>
        DemandMay(call, guild, scheduled, scheduled.CreatorId == call.Bot.Id
            && !HeldAt(call, guild, scheduled).Holds(Permission.ManageEvents) ? Permission.CreateEvents : Permission.ManageEvents);

    private static void DemandMay(Call call, Guild guild, ScheduledEvent scheduled, Permission wanted)
    {
        var inChannel = scheduled.Place == EventPlace.Voice ? Permission.ViewChannel | Permission.Connect : Permission.None;
        if (!HeldAt(call, guild, scheduled).Holds(wanted | inChannel))
        {
            throw Refused.MissingPermissions();
        }
    }

    private static Permission HeldAt(Call call, Guild guild, ScheduledEvent scheduled)
    {
        var bot = call.World.BotIn(guild);
        return scheduled.ChannelId is { } id && guild.Channels.TryGetValue(id, out var channel)
            ? Permissions.InChannel(guild, bot, channel)
            : Permissions.InGuild(guild, bot) | (Permission.ViewChannel | Permission.Connect);
    }

    private static ScheduledEvent Find(Call call, Guild guild) =>
        guild.Events.TryGetValue(call.Id("guild_scheduled_event.id"), out var scheduled) && IsSeen(guild, call.World.BotIn(guild), scheduled)
            ? scheduled
            : throw Refused.UnknownEvent();

    private static void Announce(World world, Guild guild, ScheduledEvent scheduled, string type)
    {
        guild.Channels.TryGetValue(scheduled.ChannelId ?? default, out var channel);
        world.Dispatch(type, Intents.GuildScheduledEvents, Render.Event(world, guild, scheduled), guild, channel);
    }
}

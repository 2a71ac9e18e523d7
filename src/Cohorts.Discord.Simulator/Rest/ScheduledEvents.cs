using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class ScheduledEvents
{
    private const int AuditCreate = 100, AuditUpdate = 101, AuditDelete = 102;

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
        call.Audit(guild, AuditCreate, scheduled.Id, AuditChanges.Between(null, EventJson(call, guild, scheduled)));
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
        form.Choice("privacy_level", required: false, 2);
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
            Image = scheduled.Image,
            Status = status ?? scheduled.Status,
        };
        form.Errors.ThrowIfAny();
        Read(call, guild, changed, isNew: false);
        form.Errors.ThrowIfAny();
        guild.Events[scheduled.Id] = changed;
        call.Audit(guild, AuditUpdate, changed.Id, AuditChanges.Between(EventJson(call, guild, scheduled), EventJson(call, guild, changed)));
        // A status that ends the event ends the whole series: what repeats goes on by time alone.
        Announce(call.World, guild, changed, "GUILD_SCHEDULED_EVENT_UPDATE");
        return Answer.Ok(Render.Event(call.World, guild, changed));
    }

    public static Answer Delete(Call call)
    {
        var guild = call.Guild();
        var scheduled = Find(call, guild);
        DemandMayChange(call, guild, scheduled);
        guild.Events.Remove(scheduled.Id);
        call.Audit(guild, AuditDelete, scheduled.Id, AuditChanges.Between(EventJson(call, guild, scheduled), null));
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
            End(world, guild, scheduled, EventStatus.Completed);
            StandAgain(world, guild, scheduled);
        }
        else if (scheduled is { Status: EventStatus.Scheduled } && scheduled.Start + Limits.UnstartedEvent <= now)
        {
            End(world, guild, scheduled, EventStatus.Canceled);
            StandAgain(world, guild, scheduled);
        }
    }

    /// <summary>However an event ends, the gateway tells of it once, with the status that it ended in.</summary>
    public static void End(World world, Guild guild, ScheduledEvent scheduled, EventStatus status)
    {
        scheduled.Status = status;
        Announce(world, guild, scheduled, "GUILD_SCHEDULED_EVENT_UPDATE");
    }

    public static bool IsSeen(Guild guild, Member member, ScheduledEvent scheduled) =>
        scheduled.ChannelId is not { } id || (guild.Channels.TryGetValue(id, out var channel) && Permissions.Sees(guild, member, channel));

    /// <summary>An event that repeats is scheduled for its next time once one time has passed.</summary>
    private static void StandAgain(World world, Guild guild, ScheduledEvent scheduled)
    {
        if (scheduled.Recurrence is not { } rule || (scheduled.ChannelId is { } id && !guild.Channels.ContainsKey(id)))
        {
            return;
        }

        var lasts = scheduled.End - scheduled.Start;
        do
        {
            scheduled.Start = rule.After(scheduled.Start);
        }
        while (scheduled.Start <= world.Now);

        scheduled.End = scheduled.Start + lasts;
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
        scheduled.Location = form.Object("entity_metadata") is { } metadata ? metadata.Text("location", 100, min: 1) : scheduled.Location;
        scheduled.Image = form.Has("image") ? ImageData.Hash(form, "image") : scheduled.Image;
        if (start is not null && scheduled.Start <= now)
        {
            form.Fail("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", "Cannot schedule event in the past.");
        }
        else if (scheduled.Start > now.AddYears(5))
        {
            form.Fail("scheduled_start_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_TOO_FAR", "Cannot schedule event more than 5 years in the future.");
        }

        if (scheduled.End > now.AddYears(6))
        {
            form.Fail("scheduled_end_time", "GUILD_SCHEDULED_EVENT_SCHEDULE_TOO_FAR", "Cannot schedule event to end more than 6 years in the future.");
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
            if (isNew && scheduled.Location is not null)
            {
                form.Fail("entity_metadata.location", "GUILD_SCHEDULED_EVENT_METADATA_NOT_ALLOWED", "Only an external event has a location.");
            }

            // Documented of an edit: what entity_metadata says of an event in a channel is discarded.
            scheduled.Location = null;
        }

        if (form.Has("recurrence_rule"))
        {
            scheduled.Recurrence = form.Object("recurrence_rule") is { } rule ? Rest.Recurrence.Read(rule) : null;
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

    /// <summary>An event as the audit log names its parts.</summary>
    private static JsonObject EventJson(Call call, Guild guild, ScheduledEvent scheduled)
    {
        var json = Render.Event(call.World, guild, scheduled);
        json.Remove("entity_metadata");
        json.Remove("image");
        json["location"] = scheduled.Location;
        json["image_hash"] = scheduled.Image;
        return json;
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

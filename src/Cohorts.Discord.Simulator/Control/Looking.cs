using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What is there, as a whole or as a member sees it.</summary>
internal sealed class Looking(World world, CancellationToken stopping)
{
    public static JsonObject Summary(World world, Guild guild) => new()
    {
        ["id"] = guild.Id.ToString(),
        ["name"] = guild.Name,
        ["ownerId"] = guild.OwnerId.ToString(),
        ["administratorId"] = guild.AdministratorId.ToString(),
        ["memberIds"] = Render.Ids(guild.Members.Keys.Where(id => id != guild.OwnerId && id != guild.AdministratorId && id != world.Application.Bot.Id)),
        ["botId"] = world.Application.Bot.Id.ToString(),
        ["applicationId"] = world.Application.Id.ToString(),
        ["publicKey"] = world.Application.PublicKey,
        ["channelId"] = (guild.Channels.Values.FirstOrDefault(channel => channel.Id == guild.SystemChannelId)
            ?? guild.Channels.Values.FirstOrDefault(channel => channel.Type == ChannelType.Text))?.Id.ToString(),
    };

    /// <summary>The whole guild, or what one member sees of it.</summary>
    public JsonObject State(Guild guild, Member? reader)
    {
        var channels = guild.Channels.Values.Where(channel => reader is null || Permissions.Sees(guild, reader, channel)).ToList();
        var messages = new JsonObject();
        foreach (var channel in channels.Where(channel => channel.Type != ChannelType.Category))
        {
            var mayRead = reader is null || Permissions.InChannel(guild, reader, channel).Holds(Permission.ViewChannel | Permission.ReadMessageHistory);
            messages[channel.Id.ToString()] = Render.List(
                channel.Messages.Values.Where(message => mayRead && (reader is null || message.IsSeenBy(reader.User.Id))),
                message => Render.Message(world, message));
        }

        var state = new JsonObject
        {
            ["guild"] = Render.Guild(guild, withCounts: true),
            ["roles"] = Render.List(guild.Roles.Values, Render.Role),
            ["members"] = Render.List(guild.Members.Values, Render.Member),
            ["channels"] = Render.List(channels, channel =>
            {
                var json = Render.Channel(guild, channel);
                if (reader is not null)
                {
                    json["permissions"] = Render.Bits(Permissions.InChannel(guild, reader, channel));
                }

                return json;
            }),
            ["events"] = Render.List(
                guild.Events.Values.Where(scheduled => reader is null || (scheduled.IsOpen && ScheduledEvents.IsSeen(guild, reader, scheduled))),
                scheduled => Render.Event(world, guild, scheduled)),
            ["messages"] = messages,
        };
        if (reader is null)
        {
            state["auditLog"] = Guilds.Entries(guild.AuditLog);
        }

        return state;
    }

    public JsonArray Offered(Guild guild, Member? reader) => Render.List(
        Commands.In(world, guild).Where(command => reader is null || Commands.IsOffered(command, Permissions.InGuild(guild, reader))),
        command => command.DeepClone());

    /// <summary>Server-sent events: a word each time something changed, so that a page looks again.</summary>
    public async Task Live(string id, HttpContext http)
    {
        world.Locked(() => world.GuildOf(id));
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            while (!ended.IsCancellationRequested)
            {
                var change = world.NextChange;
                await http.Response.WriteAsync("data: changed\n\n", ended.Token);
                await http.Response.Body.FlushAsync(ended.Token);
                await change.WaitAsync(ended.Token);
                // Many changes at once are one look.
                await Task.Delay(TimeSpan.FromMilliseconds(50), ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the simulator stops.
        }
    }

    public static JsonObject CallJson(LoggedCall call)
    {
        var json = new JsonObject
        {
            ["method"] = call.Method,
            ["route"] = call.Route,
            ["path"] = call.Path,
            ["status"] = call.Status,
            ["at"] = Render.Time(call.At),
        };
        if (call.Reason is { } reason)
        {
            json["reason"] = reason;
        }

        if (call.Fault is { } fault)
        {
            json["fault"] = fault.ToString().ToLowerInvariant();
        }

        return json;
    }
}

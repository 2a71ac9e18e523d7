using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class Messages
{
    private const int AuditDelete = 72;

    public static Answer List(Call call)
    {
        var (guild, channel) = call.Channel();
        DemandText(channel);
        var limit = call.Limit(50, 100);
        if (!Permissions.InChannel(guild, call.World.BotIn(guild), channel).Holds(Permission.ReadMessageHistory))
        {
            return Answer.Ok(new JsonArray());
        }

        // An ephemeral message is its reader's; the bot reaches it by the interaction's token only.
        var all = channel.Messages.Values.Where(message => message.ReaderId is null).ToList();
        IEnumerable<Message> page;
        if (call.QueryId("around") is { } around)
        {
            var half = limit / 2;
            page = all.Where(message => message.Id < around).TakeLast(half)
                .Concat(all.Where(message => message.Id >= around).Take(limit - half)).Reverse();
        }
        else if (call.QueryId("after") is { } after)
        {
            page = all.Where(message => message.Id > after).Take(limit).Reverse();
        }
        else
        {
            var before = call.QueryId("before") ?? new Snowflake(ulong.MaxValue);
            page = all.Where(message => message.Id < before).TakeLast(limit).Reverse();
        }

        return Answer.Ok(Render.List(page, message => Render.Message(call.World, message)));
    }

    public static Answer Get(Call call)
    {
        var (_, channel) = call.Channel(Permission.ReadMessageHistory);
        return Answer.Ok(Render.Message(call.World, Find(call, channel)));
    }

    public static Answer Create(Call call)
    {
        var (guild, channel) = call.Channel(Permission.SendMessages);
        DemandText(channel);
        var form = call.Body;
        var draft = MessageDraft.Read(form, call.Files, mayBeEphemeral: false);
        var nonce = ReadNonce(form);
        var enforced = form.Flag("enforce_nonce") == true;
        var reply = ReadReference(form, guild, channel);
        form.Errors.ThrowIfAny();
        if (draft.IsEmpty)
        {
            throw Refused.EmptyMessage();
        }

        var bot = call.World.BotIn(guild);
        var held = Permissions.InChannel(guild, bot, channel);
        if ((call.Files.Count > 0 && !held.Holds(Permission.AttachFiles)) || (draft.Embeds is { Count: > 0 } && !held.Holds(Permission.EmbedLinks)) || (draft.Tts && !held.Holds(Permission.SendTtsMessages)))
        {
            throw Refused.MissingPermissions();
        }

        if (nonce is not null && enforced)
        {
            var since = call.World.Now - Limits.NonceMemory;
            var same = channel.Messages.Values.FirstOrDefault(message =>
                message.Author == call.Bot && message.At >= since && message.Nonce?.ToString() == nonce.ToString());
            if (same is not null)
            {
                return Answer.Ok(Render.Message(call.World, same));
            }
        }

        var message = new Message(call.World.Ids.Next(), channel.Id, call.Bot, call.World.Now)
        {
            Nonce = nonce,
            ReplyTo = reply,
            Type = reply is null ? 0 : 19,
        };
        draft.ApplyTo(message, call.World, guild, channel, bot);
        Post(call.World, guild, channel, message);
        return Answer.Ok(Render.Message(call.World, message));
    }

    public static Answer Edit(Call call)
    {
        var (guild, channel) = call.Channel();
        var message = Find(call, channel);
        if (message.Author != call.Bot)
        {
            throw Refused.OthersMessage();
        }

        var draft = MessageDraft.Read(call.Body, call.Files, mayBeEphemeral: false);
        call.Body.Errors.ThrowIfAny();
        Change(call.World, guild, channel, message, draft);
        return Answer.Ok(Render.Message(call.World, message));
    }

    public static Answer Delete(Call call)
    {
        var (guild, channel) = call.Channel();
        var message = Find(call, channel);
        if (message.Author != call.Bot)
        {
            if (!Permissions.InChannel(guild, call.World.BotIn(guild), channel).Holds(Permission.ManageMessages))
            {
                throw Refused.MissingPermissions();
            }

            call.Audit(guild, AuditDelete, message.Author.Id, options: new Dictionary<string, string>(StringComparer.Ordinal) { ["channel_id"] = channel.Id.ToString(), ["count"] = "1" });
        }

        Remove(call.World, guild, channel, message);
        return Answer.NoContent;
    }

    public static void Post(World world, Guild guild, Channel channel, Message message)
    {
        channel.Messages.Add(message.Id, message);
        Announce(world, guild, channel, message, "MESSAGE_CREATE");
    }

    public static void Change(World world, Guild guild, Channel channel, Message message, MessageDraft draft)
    {
        // Checked on a copy: an edit that would leave nothing must change nothing.
        var content = draft.Content ?? message.Content;
        var embeds = draft.Embeds ?? message.Embeds;
        var components = draft.Components ?? message.Components;
        if (string.IsNullOrWhiteSpace(content) && embeds.Count == 0 && components.Count == 0 && message.Attachments.Count == 0 && draft.IsEmpty)
        {
            throw Refused.EmptyMessage();
        }

        draft.ApplyTo(message, world, guild, channel, world.BotIn(guild));
        message.Flags &= ~MessageFlags.Loading;
        message.EditedAt = world.Now;
        Announce(world, guild, channel, message, "MESSAGE_UPDATE");
    }

    public static void Remove(World world, Guild guild, Channel channel, Message message)
    {
        channel.Messages.Remove(message.Id);
        if (message.ReaderId is null)
        {
            world.Dispatch("MESSAGE_DELETE", Intents.GuildMessages, new JsonObject
            {
                ["id"] = message.Id.ToString(),
                ["channel_id"] = channel.Id.ToString(),
                ["guild_id"] = guild.Id.ToString(),
            }, guild, channel);
        }
    }

    public static void DemandText(Channel channel)
    {
        if (channel.Type == ChannelType.Category)
        {
            throw Refused.WrongChannelType();
        }
    }

    private static void Announce(World world, Guild guild, Channel channel, Message message, string type)
    {
        if (message.ReaderId is not null)
        {
            return;
        }

        var json = Render.Message(world, message);
        json["guild_id"] = guild.Id.ToString();
        if (guild.Members.TryGetValue(message.Author.Id, out var author))
        {
            var member = Render.Member(author);
            member.Remove("user");
            json["member"] = member;
        }

        world.Dispatch(type, Intents.GuildMessages, json, guild, channel);
    }

    private static Message Find(Call call, Channel channel) =>
        channel.Messages.TryGetValue(call.Id("message.id"), out var message) && message.ReaderId is null
            ? message
            : throw Refused.UnknownMessage();

    /// <summary>
    /// The message that is replied to, of the same channel. Where it is not there the call is refused, or with
    /// <c>fail_if_not_exists: false</c> the message is an ordinary one.
    /// </summary>
    private static Snowflake? ReadReference(Form form, Guild guild, Channel channel)
    {
        if (form.Object("message_reference") is not { } reference)
        {
            return null;
        }

        reference.Choice("type", required: false, 0);
        var id = reference.Id("message_id", required: true);
        var (guildId, channelId) = (reference.Id("guild_id"), reference.Id("channel_id"));
        if (guildId is not null && guildId != guild.Id)
        {
            reference.Fail("guild_id", "MESSAGE_REFERENCE_UNKNOWN", "A reply refers to a message of the same guild.");
        }

        if (channelId is not null && channelId != channel.Id)
        {
            reference.Fail("channel_id", "MESSAGE_REFERENCE_UNKNOWN", "A reply refers to a message of the same channel.");
        }

        var mustExist = reference.Flag("fail_if_not_exists") ?? true;
        var exists = id is { } known && channel.Messages.TryGetValue(known, out var message) && message.ReaderId is null;
        if (id is not null && !exists && mustExist)
        {
            form.Fail("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
        }

        return exists ? id : null;
    }

    private static JsonNode? ReadNonce(Form form)
    {
        if (form.Value("nonce") is not { ValueKind: System.Text.Json.JsonValueKind.Number })
        {
            return form.Text("nonce", Limits.Nonce) is { } text ? JsonValue.Create(text) : null;
        }

        return form.Whole("nonce", long.MinValue, long.MaxValue) is { } number ? JsonValue.Create(number) : null;
    }
}

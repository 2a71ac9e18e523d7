using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Gateway;

/// <summary>What a session has been sent, so that it can be resumed on another connection.</summary>
internal sealed class Session(string id, string token, Intents intents)
{
    /// <summary>More than this and a session that stayed away has to begin anew.</summary>
    private const int Memory = 10_000;

    private readonly Queue<(long Sequence, string Payload)> sent = [];

    public string Id { get; } = id;
    public string Token { get; } = token;
    public Intents Intents { get; } = intents;
    public long Sequence { get; private set; }
    public GatewayConnection? Connection { get; set; }

    /// <summary>Since when there is no connection.</summary>
    public DateTimeOffset? LeftAt { get; set; }

    public void Dispatch(string type, JsonNode data)
    {
        Sequence++;
        var payload = new JsonObject { ["op"] = (int)Op.Dispatch, ["t"] = type, ["s"] = Sequence, ["d"] = data }.ToJsonString();
        sent.Enqueue((Sequence, payload));
        if (sent.Count > Memory)
        {
            sent.Dequeue();
        }

        Connection?.Send(payload);
    }

    public bool Remembers(long sequence) => sequence == Sequence || (sent.TryPeek(out var oldest) && oldest.Sequence <= sequence + 1);

    public IEnumerable<string> After(long sequence) => sent.Where(item => item.Sequence > sequence).Select(item => item.Payload);
}

/// <summary>All sessions and connections. Called under the world's gate.</summary>
internal sealed class GatewayHub(World world, TimeSpan heartbeatInterval)
{
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);
    private readonly HashSet<GatewayConnection> connections = [];

    /// <summary>Sessions begun since the start.</summary>
    public int Identified { get; private set; }

    /// <summary>Interactions reach nobody without one. A session that can still be resumed counts: it gets them replayed.</summary>
    public bool HasSessions => sessions.Count > 0;

    public int Connected => connections.Count(connection => connection.Session is not null);

    public TimeSpan HeartbeatInterval { get; set; } = heartbeatInterval;

    /// <summary>Heartbeats that will go unanswered, for clients to notice a dead connection by.</summary>
    public int UnansweredHeartbeats { get; set; }

    /// <summary>Connections still to be cut as soon as they stand.</summary>
    public int CutsToCome { get; set; }

    public Cut CutsToComeAs { get; set; } = Cut.Abruptly;

    /// <summary>Discord is down: its API answers 503 and its gateway nobody, until this is set back.</summary>
    public bool IsDown { get; set; }

    public void Add(GatewayConnection connection) => connections.Add(connection);

    public void Remove(GatewayConnection connection, bool forgetSession)
    {
        connections.Remove(connection);
        if (Leave(connection) && forgetSession)
        {
            sessions.Remove(connection.Session!.Id);
        }
    }

    /// <summary>Parts a session from its connection. It stays, and can be resumed on another. False where they were apart already.</summary>
    public bool Leave(GatewayConnection connection)
    {
        if (connection.Session is not { } session || session.Connection != connection)
        {
            return false;
        }

        session.Connection = null;
        session.LeftAt = world.Now;
        return true;
    }

    public void Dispatch(string type, Intents any, JsonObject data)
    {
        foreach (var session in sessions.Values)
        {
            if (any == Intents.None || (session.Intents & any) != Intents.None)
            {
                session.Dispatch(type, ForIntents(session, type, data));
            }
        }
    }

    public Session Begin(GatewayConnection connection, string token, Intents intents)
    {
        Identified++;
        var session = new Session(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), token, intents) { Connection = connection };
        sessions.Add(session.Id, session);
        connection.Session = session;
        session.Dispatch("READY", new JsonObject
        {
            ["v"] = 10,
            ["user"] = Render.Self(world.Application.Bot),
            ["user_settings"] = new JsonObject(),
            ["session_type"] = "normal",
            ["session_id"] = session.Id,
            ["resume_gateway_url"] = world.GatewayUrl + "/resume",
            ["relationships"] = new JsonArray(),
            ["private_channels"] = new JsonArray(),
            ["presences"] = new JsonArray(),
            ["guilds"] = Render.List(world.Guilds.Values, guild => new JsonObject { ["id"] = guild.Id.ToString(), ["unavailable"] = true }),
            ["guild_join_requests"] = new JsonArray(),
            ["geo_ordered_rtc_regions"] = new JsonArray(),
            ["application"] = new JsonObject { ["id"] = world.Application.Id.ToString(), ["flags"] = world.Application.Flags },
            ["shard"] = new JsonArray(0, 1),
            ["_trace"] = new JsonArray(),
        });
        if (intents.HasFlag(Intents.Guilds))
        {
            foreach (var guild in world.Guilds.Values)
            {
                session.Dispatch("GUILD_CREATE", GuildCreate(guild));
            }
        }

        return session;
    }

    /// <summary>Replays what was missed. False where the session is unknown or too much was missed.</summary>
    public bool TryResume(GatewayConnection connection, string token, string sessionId, long sequence)
    {
        if (!sessions.TryGetValue(sessionId, out var session) || session.Token != token || !session.Remembers(sequence))
        {
            return false;
        }

        session.Connection?.Close(CloseCode.SessionTimedOut, "The session was resumed elsewhere.");
        session.Connection = connection;
        session.LeftAt = null;
        connection.Session = session;
        foreach (var payload in session.After(sequence))
        {
            connection.Send(payload);
        }

        session.Dispatch("RESUMED", new JsonObject { ["_trace"] = new JsonArray() });
        return true;
    }

    public long? SequenceOf(string sessionId) => sessions.TryGetValue(sessionId, out var session) ? session.Sequence : null;

    public void Forget(Session session)
    {
        sessions.Remove(session.Id);
        session.Connection = null;
    }

    public void ForgetOldSessions(DateTimeOffset now)
    {
        foreach (var session in sessions.Values.Where(session => session.LeftAt is { } left && now - left > Limits.SessionMemory).ToList())
        {
            sessions.Remove(session.Id);
        }
    }

    /// <summary>Cuts every connection that has a session.</summary>
    public void CutAll(Cut cut)
    {
        foreach (var connection in connections.Where(connection => connection.Session is not null).ToList())
        {
            connection.CutOff(cut);
        }
    }

    /// <summary>A guild as GUILD_CREATE holds it. Without presences its members are the bot alone, as documented.</summary>
    public JsonObject GuildCreate(Guild guild)
    {
        var bot = world.BotIn(guild);
        var json = Render.Guild(guild);
        json["joined_at"] = Render.Time(bot.JoinedAt);
        json["large"] = guild.Members.Count > 50;
        json["unavailable"] = false;
        json["member_count"] = guild.Members.Count;
        json["voice_states"] = new JsonArray();
        json["members"] = new JsonArray(Render.Member(bot));
        json["channels"] = Render.List(guild.Channels.Values.Where(channel => Permissions.Sees(guild, bot, channel)), channel => Render.Channel(guild, channel));
        json["threads"] = new JsonArray();
        json["presences"] = new JsonArray();
        json["stage_instances"] = new JsonArray();
        json["guild_scheduled_events"] = Render.List(
            guild.Events.Values.Where(scheduled => scheduled.IsOpen && ScheduledEvents.IsSeen(guild, bot, scheduled)),
            scheduled => Render.Event(world, guild, scheduled));
        json["soundboard_sounds"] = new JsonArray();
        return json;
    }

    /// <summary>What others wrote is empty without the intent for it, unless the bot is mentioned.</summary>
    private JsonNode ForIntents(Session session, string type, JsonObject data)
    {
        var copy = data.DeepClone().AsObject();
        if (type is not ("MESSAGE_CREATE" or "MESSAGE_UPDATE") || session.Intents.HasFlag(Intents.MessageContent))
        {
            return copy;
        }

        var self = world.Application.Bot.Id.ToString();
        if (copy["author"]!["id"]!.GetValue<string>() != self && !copy["mentions"]!.AsArray().Any(user => user!["id"]!.GetValue<string>() == self))
        {
            copy["content"] = "";
            copy["embeds"] = new JsonArray();
            copy["attachments"] = new JsonArray();
            copy["components"] = new JsonArray();
        }

        return copy;
    }
}

/// <summary>How a connection ends from the server's side.</summary>
/// <param name="Code">A close code; 7 and 9 are the operations Reconnect and Invalid Session; null breaks the line without a word.</param>
internal sealed record Cut(int? Code)
{
    public static readonly Cut Abruptly = new((int?)null);
}

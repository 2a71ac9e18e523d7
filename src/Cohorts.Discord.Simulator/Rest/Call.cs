using System.Globalization;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>A file of a multipart body.</summary>
/// <param name="Index">n of files[n]: what the attachments of the payload call their id.</param>
internal sealed record Upload(int Index, string Filename, string ContentType, byte[] Bytes);

/// <summary>What is answered; null is a body of nothing.</summary>
internal sealed record Answer(int Status, JsonNode? Body)
{
    public static readonly Answer NoContent = new(204, null);

    public static Answer Ok(JsonNode body) => new(200, body);

    public static Answer Created(JsonNode body) => new(201, body);
}

/// <summary>One call of the REST interface, by the bot.</summary>
internal sealed class Call(World world, RateLimits rates, IReadOnlyDictionary<string, string> route, IQueryCollection query, Form body, IReadOnlyList<Upload> files, string? reason)
{
    public World World => world;
    public Form Body => body;
    public IReadOnlyList<Upload> Files => files;
    public User Bot => world.Application.Bot;

    /// <summary>X-Audit-Log-Reason, decoded.</summary>
    public string? Reason => reason;

    public string Value(string name) => route[name];

    public bool RouteHas(string name) => route.ContainsKey(name);

    public Snowflake Id(string name) => Snowflake.TryParse(route[name], out var id)
        ? id
        : throw FormErrors.Of(name.Replace('.', '_'), "NUMBER_TYPE_COERCE", $"Value \"{route[name]}\" is not snowflake.");

    public string? Query(string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;

    public bool Asks(string name) => Query(name) is "true" or "1" or "True";

    public int Limit(int normal, int max) => QueryWhole("limit", 1, max) ?? normal;

    public int? QueryWhole(string name, int min, int max)
    {
        if (Query(name) is not { } text)
        {
            return null;
        }

        if (!int.TryParse(text, CultureInfo.InvariantCulture, out var number))
        {
            throw FormErrors.Of(name, "NUMBER_TYPE_COERCE", $"Value \"{text}\" is not int.");
        }

        if (number < min)
        {
            throw FormErrors.Of(name, "NUMBER_TYPE_MIN", $"int value should be greater than or equal to {min}.");
        }

        return number <= max ? number : throw FormErrors.Of(name, "NUMBER_TYPE_MAX", $"int value should be less than or equal to {max}.");
    }

    public Snowflake? QueryId(string name)
    {
        if (Query(name) is not { } text)
        {
            return null;
        }

        return Snowflake.TryParse(text, out var id)
            ? id
            : throw FormErrors.Of(name, "NUMBER_TYPE_COERCE", $"Value \"{text}\" is not snowflake.");
    }

    public Guild Guild() => world.Guilds.TryGetValue(Id("guild.id"), out var guild) ? guild : throw Refused.UnknownGuild();

    /// <summary>The bot's permissions in the guild must hold these.</summary>
    public void Demand(Guild guild, Permission wanted)
    {
        if (!Permissions.InGuild(guild, world.BotIn(guild)).Holds(wanted))
        {
            throw Refused.MissingPermissions();
        }
    }

    /// <summary>The channel of the route, which the bot must see (50001) and in which it must hold these permissions (50013).</summary>
    public (Guild Guild, Channel Channel) Channel(Permission wanted = Permission.None)
    {
        var (guild, channel) = world.FindChannel(Id("channel.id")) ?? throw Refused.UnknownChannel();
        var held = Permissions.InChannel(guild, world.BotIn(guild), channel);
        if (!held.Holds(Permission.ViewChannel))
        {
            throw Refused.MissingAccess();
        }

        return held.Holds(wanted) ? (guild, channel) : throw Refused.MissingPermissions();
    }

    public void Spend(Pace pace, string major)
    {
        var allowance = rates.Spend(pace, major);
        if (allowance.RetryAfter is not null)
        {
            throw new RateLimited(allowance);
        }
    }

    /// <summary>An entry of the audit log, with the reason that the caller gave.</summary>
    public void Audit(Guild guild, int action, Snowflake? target, IReadOnlyList<AuditChange>? changes = null, IReadOnlyDictionary<string, string>? options = null) =>
        guild.AuditLog.Add(new AuditEntry(world.Ids.Next(), action, Bot.Id, target, reason, changes ?? [], options));
}

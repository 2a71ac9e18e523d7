using System.Globalization;
using System.Text.Json;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What a control request says, and whom and what it names; each throws the <see cref="Mistake"/> that answers it otherwise.</summary>
internal static class ControlRequest
{
    public static async Task<Form> FormAsync(this HttpContext http)
    {
        using var text = new MemoryStream();
        await http.Request.Body.CopyToAsync(text, http.RequestAborted);
        using var document = JsonText.Parse(text.GetBuffer().AsMemory(0, (int)text.Length));
        var body = document.RootElement.Clone();
        return body.ValueKind == JsonValueKind.Object
            ? Form.Of(body)
            : throw new Mistake(400, $"The body must be an object, such as {{\"name\": \"schedule\"}}, not {body.ValueKind.ToString().ToLowerInvariant()}.");
    }

    public static void Check(this Form form)
    {
        try
        {
            form.Errors.ThrowIfAny();
        }
        catch (Refused refused)
        {
            throw new Mistake(400, $"The body is not as it should be: {refused.Body()["errors"]!.ToJsonString()}");
        }
    }

    public static TimeSpan? Seconds(this HttpContext http, string name)
    {
        if (!http.Request.Query.TryGetValue(name, out var text))
        {
            return null;
        }

        return double.TryParse(text.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new Mistake(400, $"{name} must be a number of seconds, not \"{text}\".");
    }

    public static Guild GuildOf(this World world, string id) => Snowflake.TryParse(id, out var guildId) && world.Guilds.TryGetValue(guildId, out var guild)
        ? guild
        : throw new Mistake(404, $"There is no guild \"{id}\". GET /simulator/guilds names those there are.");

    /// <summary>The member with whose eyes is looked; without one, nothing is hidden.</summary>
    public static Member? Reader(this Guild guild, HttpContext http)
    {
        if (!http.Request.Query.TryGetValue("as", out var text))
        {
            return null;
        }

        return Snowflake.TryParse(text.ToString(), out var id) && guild.Members.TryGetValue(id, out var member)
            ? member
            : throw new Mistake(404, $"\"{text}\" is not the id of a member of this guild.");
    }

    /// <summary>Who acts, and where: a member, in a channel that this member sees.</summary>
    public static (Guild Guild, Member Member, Channel Channel) Actor(this World world, string guildId, Form form)
    {
        var guild = world.GuildOf(guildId);
        if (form.Id("userId") is not { } userId || !guild.Members.TryGetValue(userId, out var member))
        {
            throw new Mistake(404, $"userId must be the id of a member of this guild, not \"{form.Value("userId")}\".");
        }

        if (form.Id("channelId") is not { } channelId || !guild.Channels.TryGetValue(channelId, out var channel) || channel.Type == ChannelType.Category)
        {
            throw new Mistake(404, $"channelId must be the id of a channel of this guild to type in, not \"{form.Value("channelId")}\".");
        }

        return Permissions.InChannel(guild, member, channel).Holds(Permission.ViewChannel)
            ? (guild, member, channel)
            : throw new Mistake(403, $"{member.DisplayName} does not see #{channel.Name}.");
    }
}

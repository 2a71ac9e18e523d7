using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>Turns a command's name and values, as a person gives them, into the data of an interaction, as Discord's own client does.</summary>
internal static class CommandLine
{
    public sealed record Typed(JsonObject Data, JsonObject? Focused);

    /// <param name="name">The command, with sub-commands after blanks.</param>
    /// <param name="autocomplete">The last value is the one that is being typed: it is sent as text, and nothing else has to be complete.</param>
    public static Typed Read(World world, Guild guild, JsonObject command, string name, JsonElement options, bool autocomplete)
    {
        var data = new JsonObject
        {
            ["id"] = command["id"]!.DeepClone(),
            ["name"] = command["name"]!.DeepClone(),
            ["type"] = command["type"]!.DeepClone(),
        };
        if (command["guild_id"] is { } guildId)
        {
            data["guild_id"] = guildId.DeepClone();
        }

        var declared = command["options"] as JsonArray ?? [];
        var holder = data;
        foreach (var part in name.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var sub = declared.FirstOrDefault(option => option!["name"]!.GetValue<string>() == part && IsSub(option))
                ?? throw new Mistake(404, $"/{command["name"]} has no sub-command \"{part}\".");
            var inner = new JsonObject { ["name"] = part, ["type"] = sub["type"]!.DeepClone() };
            holder["options"] = new JsonArray(inner);
            holder = inner;
            declared = sub["options"] as JsonArray ?? [];
        }

        if (declared.Any(option => IsSub(option!)))
        {
            throw new Mistake(400, $"/{name} needs a sub-command: {string.Join(", ", declared.Select(option => option!["name"]!.GetValue<string>()))}.");
        }

        var given = options.ValueKind == JsonValueKind.Object ? options.EnumerateObject().Where(item => item.Value.ValueKind != JsonValueKind.Null).ToList() : [];
        var resolved = new JsonObject();
        var values = new JsonArray();
        JsonObject? focused = null;
        foreach (var (item, i) in given.Select((item, i) => (item, i)))
        {
            var option = declared.FirstOrDefault(option => option!["name"]!.GetValue<string>() == item.Name) as JsonObject
                ?? throw new Mistake(400, $"/{name} has no option \"{item.Name}\". It has: {string.Join(", ", declared.Select(other => other!["name"]!.GetValue<string>()))}.");
            var type = option["type"]!.GetValue<int>();
            var value = new JsonObject { ["name"] = item.Name, ["type"] = type };
            if (autocomplete && i == given.Count - 1)
            {
                if (option["autocomplete"]?.GetValue<bool>() != true)
                {
                    throw new Mistake(400, $"The option \"{item.Name}\" of /{name} does not autocomplete.");
                }

                value["value"] = item.Value.ToString();
                value["focused"] = true;
                focused = option;
            }
            else
            {
                value["value"] = ReadValue(world, guild, item, option, type, resolved);
            }

            values.Add(value);
        }

        if (autocomplete && focused is null)
        {
            throw new Mistake(400, "An autocomplete needs an option: the last one is the one that is typed into.");
        }

        var missing = declared.Where(option => option!["required"]?.GetValue<bool>() == true)
            .Select(option => option!["name"]!.GetValue<string>()).Where(option => given.All(item => item.Name != option)).ToList();
        if (!autocomplete && missing.Count > 0)
        {
            throw new Mistake(400, $"/{name} needs {string.Join(", ", missing)}.");
        }

        if (values.Count > 0)
        {
            holder["options"] = values;
        }

        if (resolved.Count > 0)
        {
            data["resolved"] = resolved;
        }

        return new Typed(data, focused);
    }

    private static bool IsSub(JsonNode option) => option["type"]!.GetValue<int>() is CommandOptions.SubCommand or CommandOptions.SubCommandGroup;

    private static JsonNode ReadValue(World world, Guild guild, JsonProperty item, JsonObject option, int type, JsonObject resolved)
    {
        var text = item.Value.ToString();
        if (option["choices"] is JsonArray choices && !choices.Any(choice => choice!["value"]!.ToString() == text))
        {
            throw new Mistake(400, $"\"{text}\" is not a choice of {item.Name}: {string.Join(", ", choices.Select(choice => choice!["value"]!.ToString()))}.");
        }

        switch (type)
        {
            case CommandOptions.Integer:
                if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                {
                    throw new Mistake(400, $"{item.Name} must be a whole number, not \"{text}\".");
                }

                CheckRange(item.Name, whole, option, "min_value", "max_value");
                return JsonValue.Create(whole);
            case CommandOptions.Number:
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                {
                    throw new Mistake(400, $"{item.Name} must be a number, not \"{text}\".");
                }

                CheckRange(item.Name, number, option, "min_value", "max_value");
                return JsonValue.Create(number);
            case CommandOptions.Boolean:
                return bool.TryParse(text, out var flag) ? JsonValue.Create(flag) : throw new Mistake(400, $"{item.Name} must be true or false, not \"{text}\".");
            case CommandOptions.Text:
                CheckRange(item.Name + " in length", text.Length, option, "min_length", "max_length");
                return JsonValue.Create(text);
            default:
                Resolve(world, guild, item.Name, text, type, resolved);
                return JsonValue.Create(text);
        }
    }

    private static void CheckRange(string name, double value, JsonObject option, string min, string max)
    {
        if (option[min] is { } least && value < double.Parse(least.ToString(), CultureInfo.InvariantCulture))
        {
            throw new Mistake(400, $"{name} must be at least {least}, not {value}.");
        }

        if (option[max] is { } most && value > double.Parse(most.ToString(), CultureInfo.InvariantCulture))
        {
            throw new Mistake(400, $"{name} must be at most {most}, not {value}.");
        }
    }

    /// <summary>Adds what an id stands for to the <c>resolved</c> of an interaction's data.</summary>
    /// <exception cref="Mistake">The guild knows no such user, role or channel.</exception>
    public static void Resolve(World world, Guild guild, string name, string text, int type, JsonObject resolved)
    {
        void Put(string kind, JsonObject json)
        {
            if (resolved[kind] is not JsonObject shelf)
            {
                shelf = [];
                resolved[kind] = shelf;
            }

            shelf[text] = json;
        }

        var id = Snowflake.TryParse(text, out var read) ? read : default;
        if (type is CommandOptions.UserOption or CommandOptions.Mentionable && world.Users.TryGetValue(id, out var user))
        {
            Put("users", Render.User(user));
            if (guild.Members.TryGetValue(id, out var member))
            {
                var json = Render.Member(member);
                json.Remove("user");
                json["permissions"] = Render.Bits(Permissions.InGuild(guild, member));
                Put("members", json);
            }
        }
        else if (type is CommandOptions.RoleOption or CommandOptions.Mentionable && guild.Roles.TryGetValue(id, out var role))
        {
            Put("roles", Render.Role(role));
        }
        else if (type == CommandOptions.ChannelOption && guild.Channels.TryGetValue(id, out var channel))
        {
            var json = Render.Channel(guild, channel);
            json["permissions"] = "0";
            Put("channels", json);
        }
        else
        {
            throw new Mistake(400, $"{name} must be an id that this guild knows, not \"{text}\".");
        }
    }
}

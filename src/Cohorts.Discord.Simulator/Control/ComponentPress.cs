using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What a person does with a part of a message, as the data of an interaction: a button is pressed, of a select values are chosen.</summary>
internal static class ComponentPress
{
    /// <summary>Null where none were named; an empty list is a choice of none.</summary>
    public static IReadOnlyList<string>? ReadValues(Form form)
    {
        if (!form.HasValue("values"))
        {
            return null;
        }

        var values = form.Items("values", Limits.SelectOptions);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            {
                form.Fail($"values.{i}", "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            }
        }

        return [.. values.Select(value => value.ToString())];
    }

    /// <param name="force">Sends what no client would offer, as a forged one could: a part that is not there, or values that it does not have.</param>
    public static JsonObject Read(World world, Guild guild, Message message, string customId, IReadOnlyList<string>? values, bool force)
    {
        var part = message.Components.SelectMany(row => row!["components"]!.AsArray()).OfType<JsonObject>().FirstOrDefault(item => item["custom_id"]?.GetValue<string>() == customId);
        if (!force && part is null)
        {
            throw new Mistake(404, $"The message has no button or select \"{customId}\".");
        }

        if (!force && part?["disabled"]?.GetValue<bool>() == true)
        {
            throw new Mistake(409, $"\"{customId}\" is disabled.");
        }

        var type = part?["type"]?.GetValue<int>() ?? (values is null ? Components.Button : Components.StringSelect);
        var data = new JsonObject { ["id"] = part?["id"]?.DeepClone() ?? 1, ["component_type"] = type, ["custom_id"] = customId };
        if (!Components.IsSelect(type))
        {
            return values is null ? data : throw new Mistake(400, $"\"{customId}\" is a button: it is pressed without values.");
        }

        if (values is null)
        {
            throw new Mistake(400, $"\"{customId}\" is a select: name what is chosen, such as {{\"values\": [{Example(part)}]}}.");
        }

        if (!force)
        {
            Check(part!, customId, values);
        }

        data["values"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        if (type != Components.StringSelect)
        {
            data["resolved"] = Resolve(world, guild, type, customId, values, force);
        }

        return data;
    }

    private static void Check(JsonObject select, string customId, IReadOnlyList<string> values)
    {
        var (least, most) = (select["min_values"]!.GetValue<long>(), select["max_values"]!.GetValue<long>());
        if (values.Count < least || values.Count > most)
        {
            throw new Mistake(400, $"Of \"{customId}\" {(least == most ? $"{least}" : $"{least} to {most}")} can be chosen, not {values.Count}.");
        }

        if (values.Distinct(StringComparer.Ordinal).Count() != values.Count)
        {
            throw new Mistake(400, $"Of \"{customId}\" a value can be chosen once.");
        }

        if (select["options"] is JsonArray options
            && values.Except(options.Select(option => option!["value"]!.GetValue<string>()), StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new Mistake(400, $"\"{unknown}\" is no option of \"{customId}\": {string.Join(", ", options.Select(option => option!["value"]!.GetValue<string>()))}.");
        }
    }

    /// <summary>The people, roles and channels that were chosen, by kind and id.</summary>
    private static JsonObject Resolve(World world, Guild guild, int type, string customId, IReadOnlyList<string> values, bool force)
    {
        var option = type switch
        {
            Components.UserSelect => CommandOptions.UserOption,
            Components.RoleSelect => CommandOptions.RoleOption,
            Components.ChannelSelect => CommandOptions.ChannelOption,
            _ => CommandOptions.Mentionable,
        };
        var resolved = new JsonObject();
        foreach (var value in values)
        {
            try
            {
                CommandLine.Resolve(world, guild, customId, value, option, resolved);
            }
            catch (Mistake) when (force)
            {
                // Sent without what it stands for, as a forged client would.
            }
        }

        return resolved;
    }

    private static string Example(JsonObject? select) =>
        select?["options"] is JsonArray { Count: > 0 } options ? options[0]!["value"]!.ToJsonString() : "\"ID\"";
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Application commands, global and of one guild.</summary>
internal static class Commands
{
    public const int ChatInput = 1;

    public static Answer List(Call call) => Answer.Ok(Render.List(Shelf(call), command => command.DeepClone()));

    public static Answer Get(Call call) => Answer.Ok(Find(call).DeepClone());

    /// <summary>The whole list at once: what is not named is gone. A command that stays keeps its id.</summary>
    public static Answer Overwrite(Call call)
    {
        var shelf = Shelf(call);
        var errors = call.Body.Errors;
        if (call.Body.Json.ValueKind != JsonValueKind.Array)
        {
            throw FormErrors.Of("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        }

        var commands = call.Body.Json.EnumerateArray().Select((json, i) => Read(call, new Form(json, $"{i}", errors), shelf)).ToList();
        foreach (var (command, i) in commands.Select((command, i) => (command, i)))
        {
            if (commands.Take(i).Any(other => NameAndType(other) == NameAndType(command) || JsonNode.DeepEquals(other["id"], command["id"])))
            {
                errors.Add($"{i}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique");
            }
        }

        errors.ThrowIfAny();
        if (commands.Count(command => NameAndType(command).Type == ChatInput) > Limits.Commands)
        {
            throw Refused.TooManyCommands();
        }

        shelf.Clear();
        shelf.AddRange(commands);
        return List(call);
    }

    public static Answer Create(Call call)
    {
        var shelf = Shelf(call);
        var command = Read(call, call.Body, shelf);
        call.Body.Errors.ThrowIfAny();
        var replaced = shelf.RemoveAll(other => NameAndType(other) == NameAndType(command));
        if (shelf.Count >= Limits.Commands)
        {
            throw Refused.TooManyCommands();
        }

        shelf.Add(command);
        return replaced > 0 ? Answer.Ok(command.DeepClone()) : Answer.Created(command.DeepClone());
    }

    public static Answer Edit(Call call)
    {
        var shelf = Shelf(call);
        var old = Find(call);
        var merged = new JsonObject();
        foreach (var (name, value) in old.Where(field => field.Key is not ("id" or "application_id" or "version" or "guild_id")))
        {
            merged[name] = value?.DeepClone();
        }

        call.Body.NotSimulated("type");
        call.Body.Errors.ThrowIfAny();
        foreach (var field in call.Body.IsObject ? call.Body.Json.EnumerateObject().ToList() : [])
        {
            merged[field.Name] = JsonNode.Parse(field.Value.GetRawText());
        }

        using var document = JsonDocument.Parse(merged.ToJsonString());
        var form = Form.Of(document.RootElement);
        var command = Read(call, form, shelf);
        form.Errors.ThrowIfAny();
        command["id"] = old["id"]!.DeepClone();
        if (shelf.Any(other => other != old && NameAndType(other) == NameAndType(command)))
        {
            throw FormErrors.Of("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique");
        }

        shelf[shelf.IndexOf(old)] = command;
        return Answer.Ok(command.DeepClone());
    }

    public static Answer Delete(Call call)
    {
        var command = Find(call);
        Shelf(call).Remove(command);
        return Answer.NoContent;
    }

    /// <summary>What a member finds when typing a slash in a guild: its own commands before global ones of the same name.</summary>
    public static IEnumerable<JsonObject> In(World world, Guild guild) =>
        guild.Commands.Concat(world.Application.Commands)
            .Where(command => NameAndType(command).Type == ChatInput)
            .DistinctBy(command => command["name"]!.GetValue<string>());

    /// <summary>default_member_permissions hides a command from members who lack them; "0" leaves it to administrators.</summary>
    public static bool IsOffered(JsonObject command, Permission held)
    {
        if (held.Holds(Permission.Administrator))
        {
            return true;
        }

        if (!held.Holds(Permission.UseApplicationCommands) || command["default_member_permissions"]?.GetValue<string>() is "0")
        {
            return false;
        }

        return command["default_member_permissions"]?.GetValue<string>() is not { } wanted
            || held.Holds((Permission)ulong.Parse(wanted, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static (string Name, int Type) NameAndType(JsonObject command) => (command["name"]!.GetValue<string>(), command["type"]!.GetValue<int>());

    private static List<JsonObject> Shelf(Call call)
    {
        if (call.Id("application.id") != call.World.Application.Id)
        {
            throw Refused.MissingAccess();
        }

        return call.RouteHas("guild.id")
            ? call.World.Guilds.TryGetValue(call.Id("guild.id"), out var guild) ? guild.Commands : throw Refused.MissingAccess()
            : call.World.Application.Commands;
    }

    private static JsonObject Find(Call call)
    {
        var id = call.Id("command.id").ToString();
        return Shelf(call).Find(command => command["id"]!.GetValue<string>() == id) ?? throw Refused.UnknownCommand();
    }

    private static JsonObject Read(Call call, Form form, List<JsonObject> shelf)
    {
        var type = form.Choice("type", required: false, 1, 2, 3) ?? ChatInput;
        var name = form.Text("name", Limits.CommandName, min: 1, required: true) ?? "";
        CommandOptions.CheckName(form, name, type == ChatInput);
        var description = form.Text("description", Limits.CommandDescription, min: type == ChatInput ? 1 : 0, required: type == ChatInput) ?? "";
        var bits = form.Bits("default_member_permissions");
        var given = call.RouteHas("command.id") ? null : form.Id("id")?.ToString();
        var old = shelf.Find(command => command["id"]!.GetValue<string>() == given) ?? shelf.Find(command => NameAndType(command) == (name, type));
        form.NotSimulated("handler");
        if (type != ChatInput && description.Length > 0)
        {
            form.Fail("description", "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", "Only a chat input command has a description.");
        }

        var command = new JsonObject
        {
            ["id"] = old?["id"]!.DeepClone() ?? call.World.Ids.Next().ToString(),
            ["application_id"] = call.World.Application.Id.ToString(),
            ["version"] = call.World.Ids.Next().ToString(),
            ["default_member_permissions"] = bits is { } held ? Render.Bits(held) : null,
            ["type"] = type,
            ["name"] = name,
            ["description"] = description,
            ["nsfw"] = form.Flag("nsfw") ?? false,
            ["integration_types"] = ReadSet(form, "integration_types", 0, 1) ?? new JsonArray(0),
            ["contexts"] = ReadSet(form, "contexts", 0, 1, 2),
        };
        CommandOptions.CopyLocalizations(form, command, type == ChatInput);
        if (call.RouteHas("guild.id"))
        {
            command["guild_id"] = call.Id("guild.id").ToString();
        }

        if (form.Flag("dm_permission") is { } inDirectMessages)
        {
            command["dm_permission"] = inDirectMessages;
        }
        else if (!call.RouteHas("guild.id"))
        {
            command["dm_permission"] = true;
        }

        var options = CommandOptions.Read(form, depth: 0);
        if (options.Count > 0 && type != ChatInput)
        {
            form.Fail("options", "APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED", "Only a chat input command has options.");
        }
        else if (options.Count > 0)
        {
            command["options"] = options;
        }

        return command;
    }

    /// <summary>Null where the field is missing or null.</summary>
    private static JsonArray? ReadSet(Form form, string name, params int[] allowed)
    {
        if (!form.HasValue(name))
        {
            return null;
        }

        var numbers = form.Wholes(name, 10, allowed[0], allowed[^1]);
        if (form.Items(name, 10).Count == 0)
        {
            form.Fail(name, "BASE_TYPE_BAD_LENGTH", "Must be 1 or more in length.");
        }

        return new JsonArray([.. numbers.Distinct().Select(number => JsonValue.Create(number))]);
    }
}

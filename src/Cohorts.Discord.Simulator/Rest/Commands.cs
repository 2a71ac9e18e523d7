using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Application commands, global and of one guild.</summary>
internal static partial class Commands
{
    public const int ChatInput = 1;
    public const int SubCommand = 1, SubCommandGroup = 2, Text = 3, Integer = 4, Boolean = 5, UserOption = 6, ChannelOption = 7, RoleOption = 8, Mentionable = 9, Number = 10, File = 11;

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
            if (commands.Take(i).Any(other => NameAndType(other) == NameAndType(command)))
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
        foreach (var (name, value) in old.Where(field => field.Key is "name" or "description" or "options" or "default_member_permissions" or "type" or "nsfw"))
        {
            merged[name] = value?.DeepClone();
        }

        foreach (var field in call.Body.IsObject ? call.Body.Json.EnumerateObject().ToList() : [])
        {
            merged[field.Name] = JsonNode.Parse(field.Value.GetRawText());
        }

        using var document = JsonDocument.Parse(merged.ToJsonString());
        var form = Form.Of(document.RootElement);
        var command = Read(call, form, shelf);
        form.Errors.ThrowIfAny();
        command["id"] = old["id"]!.DeepClone();
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
        CheckName(form, name, type == ChatInput);
        var description = form.Text("description", Limits.CommandDescription, min: type == ChatInput ? 1 : 0, required: type == ChatInput) ?? "";
        var bits = form.Bits("default_member_permissions");
        var old = shelf.Find(command => NameAndType(command) == (name, type));
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
            ["integration_types"] = form.Node("integration_types") ?? new JsonArray(0),
            ["contexts"] = form.Node("contexts"),
        };
        CopyLocalizations(form, command);
        if (call.RouteHas("guild.id"))
        {
            command["guild_id"] = call.Id("guild.id").ToString();
        }
        else
        {
            command["dm_permission"] = form.Flag("dm_permission") ?? true;
        }

        var options = ReadOptions(form, depth: 0);
        if (options.Count > 0)
        {
            command["options"] = options;
        }

        return command;
    }

    private static JsonArray ReadOptions(Form form, int depth)
    {
        var options = new JsonArray();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var optionalSeen = false;
        foreach (var option in form.List("options", Limits.CommandOptions))
        {
            var type = option.Choice("type", required: true, SubCommand, SubCommandGroup, Text, Integer, Boolean, UserOption, ChannelOption, RoleOption, Mentionable, Number, File) ?? Text;
            var name = option.Text("name", Limits.CommandName, min: 1, required: true) ?? "";
            CheckName(option, name, chatInput: true);
            if (!names.Add(name))
            {
                option.Fail("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", $"Option name \"{name}\" is already used");
            }

            var json = new JsonObject
            {
                ["type"] = type,
                ["name"] = name,
                ["description"] = option.Text("description", Limits.CommandDescription, min: 1, required: true) ?? "",
            };
            CopyLocalizations(option, json);
            if (type is SubCommand or SubCommandGroup)
            {
                if (depth > (type == SubCommand ? 1 : 0))
                {
                    option.Fail("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands cannot be nested any deeper");
                }

                json["options"] = ReadOptions(option, depth + 1);
            }
            else
            {
                ReadValueOption(option, json, type, ref optionalSeen);
            }

            options.Add(json);
        }

        return options;
    }

    private static void ReadValueOption(Form option, JsonObject json, int type, ref bool optionalSeen)
    {
        var required = option.Flag("required") ?? false;
        if (required && optionalSeen)
        {
            option.Fail("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options");
        }

        optionalSeen |= !required;
        if (required)
        {
            json["required"] = true;
        }

        var choices = option.List("choices", Limits.Choices);
        var autocompletes = option.Flag("autocomplete") ?? false;
        if (autocompletes && (choices.Count > 0 || type is not (Text or Integer or Number)))
        {
            option.Fail("autocomplete", "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_INVALID", "Autocomplete is for strings, integers and numbers without choices");
        }

        if (autocompletes)
        {
            json["autocomplete"] = true;
        }

        if (choices.Count > 0)
        {
            json["choices"] = new JsonArray([.. choices.Select(choice => ReadChoice(choice, type))]);
        }

        if (type is Integer or Number)
        {
            CopyNumber(option, json, "min_value", type);
            CopyNumber(option, json, "max_value", type);
        }
        else if (type == Text)
        {
            CopyLength(option, json, "min_length", 0);
            CopyLength(option, json, "max_length", 1);
        }
        else if (type == ChannelOption && option.Node("channel_types") is JsonArray types)
        {
            json["channel_types"] = types;
        }
    }

    /// <summary>A choice of a command or of an autocomplete, whose value must fit the option's type.</summary>
    public static JsonObject ReadChoice(Form choice, int type)
    {
        var value = choice.Value("value");
        if (value is null)
        {
            choice.Required("value");
        }
        else if (type == Text)
        {
            choice.Text("value", Limits.ChoiceName);
        }
        else if (type == Integer)
        {
            choice.Whole("value", -9_007_199_254_740_991, 9_007_199_254_740_991);
        }
        else if (value.Value.ValueKind != JsonValueKind.Number)
        {
            choice.Fail("value", "NUMBER_TYPE_COERCE", $"Value \"{value}\" is not float.");
        }

        var json = new JsonObject
        {
            ["name"] = choice.Text("name", Limits.ChoiceName, min: 1, required: true),
            ["value"] = choice.Node("value"),
        };
        CopyLocalizations(choice, json);
        return json;
    }

    private static void CopyNumber(Form option, JsonObject json, string name, int type)
    {
        if (type == Integer)
        {
            option.Whole(name, -9_007_199_254_740_991, 9_007_199_254_740_991);
        }

        if (option.Value(name) is { ValueKind: JsonValueKind.Number })
        {
            json[name] = option.Node(name);
        }
    }

    private static void CopyLength(Form option, JsonObject json, string name, int min)
    {
        if (option.Whole(name, min, 6000) is { } length)
        {
            json[name] = length;
        }
    }

    private static void CopyLocalizations(Form form, JsonObject json)
    {
        foreach (var name in new[] { "name_localizations", "description_localizations" })
        {
            if (form.Node(name) is JsonObject localizations)
            {
                json[name] = localizations;
            }
        }
    }

    private static void CheckName(Form form, string name, bool chatInput)
    {
        if (name.Length is 0 or > Limits.CommandName)
        {
            return;
        }

        if (chatInput && (!NamePattern().IsMatch(name) || name.Any(char.IsUpper)))
        {
            form.Fail("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
    }

    [GeneratedRegex(@"^[-_'\p{L}\p{N}\p{IsDevanagari}\p{IsThai}]{1,32}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}

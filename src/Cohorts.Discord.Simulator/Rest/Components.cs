using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Rows of buttons and selects (components of version 1), checked as Discord checks them.</summary>
internal static class Components
{
    public const int Row = 1, Button = 2, StringSelect = 3, UserSelect = 5, RoleSelect = 6, MentionableSelect = 7, ChannelSelect = 8;
    private const int LinkStyle = 5;
    private static readonly int[] ChannelTypes = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16];

    public static bool IsSelect(int type) => type is StringSelect or UserSelect or RoleSelect or MentionableSelect or ChannelSelect;

    public static JsonArray Read(Form form)
    {
        var rows = new JsonArray();
        var seen = new Seen();
        foreach (var row in form.List("components", Limits.Rows))
        {
            if (row.Choice("type", required: true, Row) != Row)
            {
                continue;
            }

            var json = new JsonObject { ["type"] = Row, ["id"] = seen.IdOf(row) };
            var children = new JsonArray();
            foreach (var child in row.List("components", Limits.ButtonsPerRow))
            {
                if (child.Choice("type", required: true, Button, StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect) is { } type)
                {
                    children.Add(type == Button ? ReadButton(child, seen) : ReadSelect(child, type, seen));
                }
            }

            CheckRow(row, children);
            json["components"] = children;
            rows.Add(json);
        }

        return rows;
    }

    /// <summary>Documented: up to five buttons, or one select.</summary>
    private static void CheckRow(Form row, JsonArray children)
    {
        if (row.Items("components", Limits.ButtonsPerRow).Count == 0)
        {
            row.Fail("components", "BASE_TYPE_BAD_LENGTH", $"Must be between 1 and {Limits.ButtonsPerRow} in length.");
        }

        if (children.Count > 1 && children.Any(child => IsSelect(child!["type"]!.GetValue<int>())))
        {
            row.Fail("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A row holds up to 5 buttons or one select.");
        }
    }

    private static JsonObject ReadButton(Form form, Seen seen)
    {
        var style = form.Choice("style", required: true, 1, 2, 3, 4, LinkStyle);
        var json = new JsonObject { ["type"] = Button, ["id"] = seen.IdOf(form), ["style"] = style ?? 2 };
        form.NotSimulated("sku_id");
        if (form.Text("label", Limits.ButtonLabel) is { Length: > 0 } label)
        {
            json["label"] = label;
        }

        CopyEmoji(form, json);
        if (!json.ContainsKey("label") && !json.ContainsKey("emoji"))
        {
            form.Fail("label", "BUTTON_COMPONENT_LABEL_REQUIRED", "A button must have a label or an emoji.");
        }

        if (style == LinkStyle)
        {
            ReadLink(form, json);
        }
        else
        {
            json["custom_id"] = seen.CustomIdOf(form);
            if (form.HasValue("url"))
            {
                form.Fail("url", "BUTTON_COMPONENT_URL_NOT_ALLOWED", "Only a button of style 5 has a url.");
            }
        }

        json["disabled"] = form.Flag("disabled") ?? false;
        return json;
    }

    private static void ReadLink(Form form, JsonObject json)
    {
        if (form.Address("url", 512) is { } address)
        {
            json["url"] = address.AbsoluteUri;
        }
        else
        {
            form.Fail("url", "BUTTON_COMPONENT_URL_REQUIRED", "A url is required");
        }

        if (form.HasValue("custom_id"))
        {
            form.Fail("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_NOT_ALLOWED", "A button has a custom id or a url, not both.");
        }
    }

    private static JsonObject ReadSelect(Form form, int type, Seen seen)
    {
        var least = form.Whole("min_values", 0, Limits.SelectOptions) ?? 1;
        var most = form.Whole("max_values", 1, Limits.SelectOptions) ?? 1;
        if (least > most)
        {
            form.Fail("min_values", "SELECT_COMPONENT_MIN_ABOVE_MAX", $"Must be {most} or less: max_values is {most}.");
        }

        var json = new JsonObject
        {
            ["type"] = type,
            ["id"] = seen.IdOf(form),
            ["custom_id"] = seen.CustomIdOf(form),
            ["min_values"] = least,
            ["max_values"] = most,
            ["disabled"] = form.Flag("disabled") ?? false,
        };
        // Documented: it counts in modals alone and is ignored in messages.
        form.Flag("required");
        if (form.Text("placeholder", 150) is { Length: > 0 } placeholder)
        {
            json["placeholder"] = placeholder;
        }

        if (type == StringSelect)
        {
            json["options"] = ReadOptions(form, most);
        }
        else
        {
            ReadDefaults(form, type, json, least, most);
        }

        if (type == ChannelSelect && form.HasValue("channel_types"))
        {
            json["channel_types"] = new JsonArray([.. ReadChannelTypes(form).Select(channel => JsonValue.Create(channel))]);
        }

        return json;
    }

    private static JsonArray ReadOptions(Form form, long most)
    {
        var options = new JsonArray();
        var values = new HashSet<string>(StringComparer.Ordinal);
        var chosen = 0;
        foreach (var option in form.List("options", Limits.SelectOptions))
        {
            var value = option.Text("value", Limits.SelectOption, min: 1, required: true);
            if (value is not null && !values.Add(value))
            {
                option.Fail("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used");
            }

            var isDefault = option.Flag("default") ?? false;
            chosen += isDefault ? 1 : 0;
            var part = new JsonObject { ["label"] = option.Text("label", Limits.SelectOption, min: 1, required: true), ["value"] = value, ["default"] = isDefault };
            if (option.Text("description", Limits.SelectOption) is { Length: > 0 } description)
            {
                part["description"] = description;
            }

            CopyEmoji(option, part);
            options.Add(part);
        }

        // Reported of the live service: max_values of 3 over one option is answered "Must be between 3 and 25 in length".
        if (form.Items("options", Limits.SelectOptions).Count < most)
        {
            form.Fail("options", "BASE_TYPE_BAD_LENGTH", $"Must be between {most} and {Limits.SelectOptions} in length.");
        }

        if (chosen > most)
        {
            form.Fail("options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", $"Only {most} can be chosen by default, not {chosen}.");
        }

        return options;
    }

    private static void ReadDefaults(Form form, int type, JsonObject json, long least, long most)
    {
        if (form.Items("options", Limits.SelectOptions).Count > 0)
        {
            form.Fail("options", "SELECT_COMPONENT_OPTIONS_NOT_ALLOWED", "Only a string select has options.");
        }

        string[] kinds = type switch
        {
            UserSelect => ["user"],
            RoleSelect => ["role"],
            ChannelSelect => ["channel"],
            _ => ["user", "role"],
        };
        var defaults = new JsonArray();
        foreach (var item in form.List("default_values", Limits.SelectOptions))
        {
            var kind = item.Text("type", 10, min: 1, required: true);
            if (kind is not null && !kinds.Contains(kind))
            {
                item.Fail("type", "BASE_TYPE_CHOICES", $"Value \"{kind}\" must be one of {{{string.Join(", ", kinds)}}}.");
            }

            defaults.Add(new JsonObject { ["type"] = kind, ["id"] = item.Id("id", required: true)?.ToString() });
        }

        if (defaults.Count > 0 && (defaults.Count < least || defaults.Count > most))
        {
            form.Fail("default_values", "BASE_TYPE_BAD_LENGTH", $"Must be between {least} and {most} in length.");
        }

        if (defaults.Count > 0)
        {
            json["default_values"] = defaults;
        }
    }

    public static IReadOnlyList<int> ReadChannelTypes(Form form)
    {
        var types = form.Wholes("channel_types", ChannelTypes.Length, 0, int.MaxValue);
        if (types.Except(ChannelTypes).Any())
        {
            form.Fail("channel_types", "BASE_TYPE_CHOICES", $"Value must be one of {{{string.Join(", ", ChannelTypes)}}}.");
        }

        return types;
    }

    private static void CopyEmoji(Form form, JsonObject json)
    {
        if (form.Object("emoji") is not { } emoji)
        {
            return;
        }

        var id = emoji.Id("id");
        var part = new JsonObject { ["name"] = emoji.Text("name", 32, min: 1, required: id is null) ?? "" };
        if (id is { } custom)
        {
            part["id"] = custom.ToString();
        }

        if (emoji.Flag("animated") is { } animated)
        {
            part["animated"] = animated;
        }

        json["emoji"] = part;
    }

    /// <summary>Numbers and custom ids that a message has used. Both are there once; a part without a number is given the next free one.</summary>
    private sealed class Seen
    {
        private readonly HashSet<long> ids = [];
        private readonly HashSet<string> customIds = new(StringComparer.Ordinal);
        private long last;

        public long IdOf(Form form)
        {
            // Documented: 0 is as none.
            if (form.Whole("id", 0, int.MaxValue) is { } given and > 0)
            {
                if (!ids.Add(given))
                {
                    form.Fail("id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
                }

                return given;
            }

            do
            {
                last++;
            }
            while (!ids.Add(last));

            return last;
        }

        public string CustomIdOf(Form form)
        {
            var id = form.Text("custom_id", Limits.CustomId, min: 1, required: true) ?? "";
            if (id.Length > 0 && !customIds.Add(id))
            {
                form.Fail("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
            }

            return id;
        }
    }
}

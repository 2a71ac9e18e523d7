using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The options of a command, their choices and their names.</summary>
internal static partial class CommandOptions
{
    public const int SubCommand = 1, SubCommandGroup = 2, Text = 3, Integer = 4, Boolean = 5, UserOption = 6, ChannelOption = 7, RoleOption = 8, Mentionable = 9, Number = 10, File = 11;

    /// <summary>Documented: integers between -2^53 and 2^53, so that every client can hold them.</summary>
    private const long MostInteger = 9_007_199_254_740_991;

    private static readonly HashSet<string> Locales = new(StringComparer.Ordinal)
    {
        "ar", "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr",
        "cs", "el", "bg", "ru", "uk", "he", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
    };

    public static JsonArray Read(Form form, int depth)
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

                if (option.Flag("required") == true)
                {
                    option.Fail("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Sub-commands are not required");
                }

                json["options"] = Read(option, depth + 1);
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

        if (choices.Count > 0 && type is not (Text or Integer or Number))
        {
            option.Fail("choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices are for strings, integers and numbers");
        }
        else if (choices.Count > 0)
        {
            json["choices"] = new JsonArray([.. choices.Select(choice => ReadChoice(choice, type))]);
        }

        if (type is Integer or Number)
        {
            CopyRange(option, json, type);
        }
        else if (type == Text)
        {
            CopyLength(option, json, "min_length", 0);
            CopyLength(option, json, "max_length", 1);
            if (json["min_length"]?.GetValue<long>() > json["max_length"]?.GetValue<long>())
            {
                option.Fail("max_length", "APPLICATION_COMMAND_OPTION_RANGE_INVALID", "max_length must not be below min_length.");
            }
        }
        else if (type == ChannelOption && option.HasValue("channel_types"))
        {
            json["channel_types"] = new JsonArray([.. Components.ReadChannelTypes(option).Select(channel => JsonValue.Create(channel))]);
        }
    }

    /// <summary>A choice of a command or of an autocomplete, whose value must fit the option's type.</summary>
    public static JsonObject ReadChoice(Form choice, int type)
    {
        if (!choice.HasValue("value"))
        {
            choice.Required("value");
        }

        var json = new JsonObject
        {
            ["name"] = choice.Text("name", Limits.ChoiceName, min: 1, required: true),
            ["value"] = type switch
            {
                Text => JsonValue.Create(choice.Text("value", Limits.ChoiceName)),
                Integer => JsonValue.Create(choice.Whole("value", -MostInteger, MostInteger)),
                _ => JsonValue.Create(choice.Number("value")),
            },
        };
        // The name of a choice is any text, in every language.
        CopyLocalizations(choice, json, "name_localizations", Limits.ChoiceName, isName: false);
        return json;
    }

    private static void CopyRange(Form option, JsonObject json, int type)
    {
        foreach (var name in new[] { "min_value", "max_value" })
        {
            JsonNode? bound = type == Integer ? JsonValue.Create(option.Whole(name, -MostInteger, MostInteger)) : JsonValue.Create(option.Number(name));
            if (bound is not null)
            {
                json[name] = bound;
            }
        }

        if (option.Number("min_value") > option.Number("max_value"))
        {
            option.Fail("max_value", "APPLICATION_COMMAND_OPTION_RANGE_INVALID", "max_value must not be below min_value.");
        }
    }

    private static void CopyLength(Form option, JsonObject json, string name, int min)
    {
        if (option.Whole(name, min, 6000) is { } length)
        {
            json[name] = length;
        }
    }

    /// <summary>Names and descriptions in other languages, by Discord's locales.</summary>
    public static void CopyLocalizations(Form form, JsonObject json, bool isChatInput = true)
    {
        CopyLocalizations(form, json, "name_localizations", Limits.CommandName, isChatInput);
        CopyLocalizations(form, json, "description_localizations", Limits.CommandDescription, isName: false);
    }

    private static void CopyLocalizations(Form form, JsonObject json, string name, int max, bool isName)
    {
        if (form.Object(name) is not { } localizations)
        {
            return;
        }

        var copy = new JsonObject();
        foreach (var locale in localizations.Json.EnumerateObject().Select(field => field.Name))
        {
            if (!Locales.Contains(locale))
            {
                localizations.Fail(locale, "BASE_TYPE_CHOICES", $"Value \"{locale}\" must be one of {{{string.Join(", ", Locales)}}}.");
            }
            else if (localizations.Text(locale, max, min: 1) is { } text)
            {
                copy[locale] = text;
                if (isName && !IsName(text))
                {
                    localizations.Fail(locale, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
                }
            }
        }

        json[name] = copy;
    }

    public static void CheckName(Form form, string name, bool chatInput)
    {
        if (name.Length is 0 or > Limits.CommandName)
        {
            return;
        }

        if (chatInput && !IsName(name))
        {
            form.Fail("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
    }

    private static bool IsName(string name) => NamePattern().IsMatch(name) && !name.Any(char.IsUpper);

    [GeneratedRegex(@"^[-_'\p{L}\p{N}\p{IsDevanagari}\p{IsThai}]{1,32}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Complaints about the fields of a body, nested as the fields are.</summary>
internal sealed class FormErrors
{
    private readonly JsonObject root = [];

    public bool Any => root.Count > 0;

    /// <param name="name">
    /// Discord's name for the complaint. The live service sends it as the complaint's code; Discord's OpenAPI description,
    /// which every answer here is held to, types that code as an integer, so 50035 is sent in its place.
    /// </param>
    public void Add(string path, string name, string message)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var node = root;
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node[part] is not JsonObject child)
            {
                child = [];
                node[part] = child;
            }

            node = child;
        }

        if (node["_errors"] is not JsonArray errors)
        {
            errors = [];
            node["_errors"] = errors;
        }

        errors.Add(new JsonObject { ["code"] = 50035, ["message"] = message });
    }

    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new Refused(400, 50035, "Invalid Form Body", root);
        }
    }

    public static Refused Of(string path, string name, string message)
    {
        var errors = new FormErrors();
        errors.Add(path, name, message);
        return new Refused(400, 50035, "Invalid Form Body", errors.root);
    }
}

/// <summary>One object of a request's body, read field by field. What is wrong is collected, so that one answer names all of it.</summary>
internal sealed class Form(JsonElement body, string path, FormErrors errors)
{
    public static Form Of(JsonElement body) => new(body, "", new FormErrors());

    public FormErrors Errors => errors;
    public JsonElement Json => body;
    public bool IsObject => body.ValueKind == JsonValueKind.Object;

    /// <summary>Whether the field is there, null included.</summary>
    public bool Has(string name) => IsObject && body.TryGetProperty(name, out _);

    public bool HasValue(string name) => Value(name) is not null;

    public void Fail(string name, string code, string message) => errors.Add(PathOf(name), code, message);

    public void Required(string name) => Fail(name, "BASE_TYPE_REQUIRED", "This field is required");

    public string? Text(string name, int max, int min = 0, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            if (required)
            {
                Required(name);
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Fail(name, "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length < min && (min > 1 || required))
        {
            Fail(name, required && text.Length == 0 ? "BASE_TYPE_REQUIRED" : "BASE_TYPE_BAD_LENGTH",
                required && text.Length == 0 ? "This field is required" : $"Must be between {min} and {max} in length.");
        }
        else if (text.Length < min || text.Length > max)
        {
            Fail(name, min > 0 ? "BASE_TYPE_BAD_LENGTH" : "BASE_TYPE_MAX_LENGTH",
                min > 0 ? $"Must be between {min} and {max} in length." : $"Must be {max} or fewer in length.");
        }

        return text;
    }

    public long? Whole(string name, long min, long max, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            if (required)
            {
                Required(name);
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{value}\" is not int.");
            return null;
        }

        if (number < min)
        {
            Fail(name, "NUMBER_TYPE_MIN", $"int value should be greater than or equal to {min}.");
        }
        else if (number > max)
        {
            Fail(name, "NUMBER_TYPE_MAX", $"int value should be less than or equal to {max}.");
        }

        return number;
    }

    public int? Choice(string name, bool required, params int[] allowed)
    {
        var number = Whole(name, long.MinValue, long.MaxValue, required);
        if (number is { } given && !allowed.Contains((int)given))
        {
            Fail(name, "BASE_TYPE_CHOICES", $"Value must be one of {{{string.Join(", ", allowed)}}}.");
        }

        return (int?)number;
    }

    public bool? Flag(string name)
    {
        switch (Value(name)?.ValueKind)
        {
            case null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                Fail(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
                return null;
        }
    }

    public Snowflake? Id(string name, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            if (required)
            {
                Required(name);
            }

            return null;
        }

        if (!Snowflake.TryParse(value.ToString(), out var id))
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{value}\" is not snowflake.");
            return null;
        }

        return id;
    }

    /// <summary>Permission bits: a decimal string as every client sends them, or the number of Discord's description.</summary>
    public Permission? Bits(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (!ulong.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{value}\" is not permission set.");
            return null;
        }

        return (Permission)bits;
    }

    public DateTimeOffset? Time(string name, bool required = false)
    {
        if (Value(name) is not { } value)
        {
            if (required)
            {
                Required(name);
            }

            return null;
        }

        if (value.ValueKind != JsonValueKind.String
            || !DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            Fail(name, "DATE_TIME_TYPE_PARSE", $"Could not parse {value}. Should be ISO8601.");
            return null;
        }

        return time;
    }

    public Uri? Address(string name, int max)
    {
        var text = Text(name, max);
        if (text is null)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "attachment" or "discord")
        {
            return address;
        }

        Fail(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        return null;
    }

    /// <summary>The object in a field, or null where there is none.</summary>
    public Form? Object(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Fail(name, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            return null;
        }

        return new Form(value, PathOf(name), errors);
    }

    /// <summary>The objects of a list; empty where the field is missing or null.</summary>
    public IReadOnlyList<Form> List(string name, int max)
    {
        var items = Items(name, max);
        var forms = new List<Form>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].ValueKind == JsonValueKind.Object)
            {
                forms.Add(new Form(items[i], $"{PathOf(name)}.{i}", errors));
            }
            else
            {
                errors.Add($"{PathOf(name)}.{i}", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            }
        }

        return forms;
    }

    public IReadOnlyList<Snowflake> Ids(string name, int max)
    {
        var items = Items(name, max);
        var ids = new List<Snowflake>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (Snowflake.TryParse(items[i].ToString(), out var id))
            {
                ids.Add(id);
            }
            else
            {
                errors.Add($"{PathOf(name)}.{i}", "NUMBER_TYPE_COERCE", $"Value \"{items[i]}\" is not snowflake.");
            }
        }

        return ids;
    }

    public IReadOnlyList<JsonElement> Items(string name, int max)
    {
        if (Value(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Fail(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return [];
        }

        if (value.GetArrayLength() > max)
        {
            Fail(name, "BASE_TYPE_BAD_LENGTH", $"Must be between 0 and {max} in length.");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    public JsonNode? Node(string name) => Value(name) is { } value ? JsonNode.Parse(value.GetRawText()) : null;

    public JsonElement? Value(string name) =>
        IsObject && body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string PathOf(string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";
}

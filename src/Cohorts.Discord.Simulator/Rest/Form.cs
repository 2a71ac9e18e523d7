using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>One object of a request's body, read field by field. What is wrong is collected, so that one answer names all of it.</summary>
internal sealed partial class Form(JsonElement body, string path, FormErrors errors)
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

        return WholeOf(PathOf(name), value, min, max);
    }

    /// <summary>The whole numbers of a list; empty where the field is missing or null.</summary>
    public IReadOnlyList<int> Wholes(string name, int maxLength, int min, int max)
    {
        var items = Items(name, maxLength);
        var numbers = new List<int>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (WholeOf($"{PathOf(name)}.{i}", items[i], min, max) is { } number)
            {
                numbers.Add((int)number);
            }
        }

        return numbers;
    }

    public double? Number(string name)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number))
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{Shown(value)}\" is not float.");
            return null;
        }

        return number;
    }

    public int? Choice(string name, bool required, params int[] allowed)
    {
        var number = Whole(name, long.MinValue, long.MaxValue, required);
        if (number is { } given && !allowed.Any(choice => choice == given))
        {
            Fail(name, "BASE_TYPE_CHOICES", $"Value must be one of {{{string.Join(", ", allowed)}}}.");
            return null;
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

        if (IdOf(value) is not { } id)
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{Shown(value)}\" is not snowflake.");
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

        if (UnsignedOf(value) is not { } bits)
        {
            Fail(name, "NUMBER_TYPE_COERCE", $"Value \"{Shown(value)}\" is not permission set.");
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

        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: < 64 } text || !IsoPattern().IsMatch(text)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            Fail(name, "DATE_TIME_TYPE_PARSE", $"Could not parse {Shown(value)}. Should be ISO8601.");
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
            if (IdOf(items[i]) is { } id)
            {
                ids.Add(id);
            }
            else
            {
                errors.Add($"{PathOf(name)}.{i}", "NUMBER_TYPE_COERCE", $"Value \"{Shown(items[i])}\" is not snowflake.");
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

    /// <summary>
    /// Fields that the simulator does not have are refused by their name. Null, false and what is empty ask for nothing, and pass.
    /// </summary>
    public void NotSimulated(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var asked = Value(name) is { } value && value.ValueKind switch
            {
                JsonValueKind.False => false,
                JsonValueKind.String => value.GetString()!.Length > 0,
                JsonValueKind.Array => value.GetArrayLength() > 0,
                JsonValueKind.Object => value.EnumerateObject().Any(),
                _ => true,
            };
            if (asked)
            {
                Fail(name, "NOT_SIMULATED", $"{name} is not simulated.");
            }
        }
    }

    public JsonElement? Value(string name) =>
        IsObject && body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private long? WholeOf(string at, JsonElement value, long min, long max)
    {
        if (WholeNumber.Of(value) is not { } number)
        {
            errors.Add(at, "NUMBER_TYPE_COERCE", $"Value \"{Shown(value)}\" is not int.");
            return null;
        }

        if (number < min)
        {
            errors.Add(at, "NUMBER_TYPE_MIN", $"int value should be greater than or equal to {min}.");
            return null;
        }

        if (number > max)
        {
            errors.Add(at, "NUMBER_TYPE_MAX", $"int value should be less than or equal to {max}.");
            return null;
        }

        return (long)number;
    }

    private static Snowflake? IdOf(JsonElement value) => UnsignedOf(value) is { } id ? new Snowflake(id) : null;

    /// <summary>Ids and permissions are 64 bits, written as text or as a number.</summary>
    private static ulong? UnsignedOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => ulong.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
        _ => WholeNumber.Of(value) is { } whole && whole >= 0 && whole <= ulong.MaxValue ? (ulong)whole : null,
    };

    /// <summary>A value as a complaint quotes it, which is not all of a long one.</summary>
    private static string Shown(JsonElement value) => value.ToString() is { Length: > 100 } text ? text[..100] : value.ToString();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsoPattern();

    public string PathOf(string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";
}

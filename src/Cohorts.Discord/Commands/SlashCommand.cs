using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cohorts.Discord;

/// <summary>A slash command of a guild (never of direct messages), as its code declares it.</summary>
/// <param name="Name">1 to 32 UTF-16 units: lower-case letters, digits, hyphen, underscore.</param>
/// <param name="Description">1 to 100 UTF-16 units.</param>
public sealed partial record SlashCommand(string Name, string Description)
{
    public const int LongestName = 32;
    public const int LongestDescription = 100;
    public const int MostOptions = 25;
    public const int MostCommands = 100;

    /// <summary>Of names, descriptions and values of one command together.</summary>
    public const int MostUnits = 8000;

    private const int GuildContext = 0;

    /// <summary>In the order in which they are asked for; those required come first.</summary>
    public IReadOnlyList<SlashOption> Options { get; init; } = [];

    /// <summary>
    /// Who sees it, unless the guild says otherwise. It only hides: what it guards is checked again when the command is run.
    /// Null: everybody.
    /// </summary>
    public Permissions? DefaultMemberPermissions { get; init; }

    /// <summary>What Discord would refuse, each as a sentence; empty when the command is right.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        CheckName("/" + Name, Name, problems);
        CheckDescription("/" + Name, Description, problems);
        if (Options.Count > MostOptions)
            problems.Add($"/{Name} has {Options.Count} options; at most {MostOptions} are allowed.");
        foreach (var twice in Options.GroupBy(o => o.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            problems.Add($"/{Name} has the option {twice.Key} {twice.Count()} times.");
        if (Options.SkipWhile(o => o.Required).Any(o => o.Required))
            problems.Add($"/{Name} has an option that is required after one that is not.");
        foreach (var option in Options)
        {
            CheckName($"/{Name} {option.Name}", option.Name, problems);
            CheckDescription($"/{Name} {option.Name}", option.Description, problems);
            problems.AddRange(option.Problems().Select(p => $"/{Name} {option.Name} {p}"));
        }
        var units = Name.Length + Description.Length + Options.Sum(o => o.Units());
        if (units > MostUnits)
            problems.Add($"/{Name} has {units} UTF-16 units of names, descriptions and values; at most {MostUnits} are allowed.");
        return problems;
    }

    /// <summary>What is sent to register them.</summary>
    /// <exception cref="ArgumentException">Discord would refuse them; the text says why.</exception>
    public static IReadOnlyList<ApplicationCommand> ToApi(IReadOnlyList<SlashCommand> commands)
    {
        var problems = commands.SelectMany(c => c.Problems()).ToList();
        if (commands.Count > MostCommands)
            problems.Add($"{commands.Count} commands are declared; at most {MostCommands} are allowed.");
        foreach (var twice in commands.GroupBy(c => c.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            problems.Add($"/{twice.Key} is declared {twice.Count()} times.");
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(" ", problems), nameof(commands));
        return [.. commands.Select(c => c.ToApi())];
    }

    /// <summary>
    /// The same for the same commands in any order, different when anything that Discord holds of them differs: 64 hexadecimal digits.
    /// </summary>
    /// <exception cref="ArgumentException">As <see cref="ToApi(IReadOnlyList{SlashCommand})"/>.</exception>
    public static string Hash(IReadOnlyList<SlashCommand> commands)
    {
        var sent = ToApi([.. commands.OrderBy(c => c.Name, StringComparer.Ordinal)]);
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(sent, DiscordJson.Options)));
    }

    private ApplicationCommand ToApi() => new()
    {
        Name = Name,
        Description = Description,
        Options = Options.Count == 0 ? null : [.. Options.Select(o => o.ToApi())],
        DefaultMemberPermissions = DefaultMemberPermissions,
        Contexts = [GuildContext],
    };

    private static void CheckName(string what, string name, List<string> problems)
    {
        if (name.Length is 0 or > LongestName || !NamePattern().IsMatch(name) || name.Any(char.IsUpper))
            problems.Add($"{what}: a name has 1 to {LongestName} lower-case letters, digits, hyphens and underscores.");
    }

    private static void CheckDescription(string what, string description, List<string> problems)
    {
        if (description.Length is 0 or > LongestDescription)
            problems.Add($"{what}: a description has 1 to {LongestDescription} UTF-16 units, not {description.Length}.");
    }

    [GeneratedRegex(@"^[-_\p{L}\p{N}]+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}

/// <summary>What a command asks for.</summary>
public sealed record SlashOption
{
    /// <summary>Of an INTEGER option, either way from zero.</summary>
    public const long LargestInteger = (1L << 53) - 1;

    private SlashOption(CommandOptionType type, string name, string description) => (Type, Name, Description) = (type, name, description);

    public CommandOptionType Type { get; }

    /// <summary>As a command's.</summary>
    public string Name { get; }

    /// <summary>As a command's.</summary>
    public string Description { get; }

    public bool Required { get; init; }

    /// <summary>Whether each key press asks the bot for choices. Not together with <see cref="Choices"/>, not for true or false.</summary>
    public bool Autocomplete { get; init; }

    /// <summary>Of a number.</summary>
    public long? Min { get; init; }

    /// <summary>Of a number.</summary>
    public long? Max { get; init; }

    /// <summary>Of a text, 0 to 6000.</summary>
    public int? MinLength { get; init; }

    /// <summary>Of a text, 1 to 6000.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The only values allowed, at most 25; empty: all.</summary>
    public IReadOnlyList<CommandChoice> Choices { get; init; } = [];

    public static SlashOption Integer(string name, string description) => new(CommandOptionType.Integer, name, description);

    public static SlashOption Text(string name, string description) => new(CommandOptionType.String, name, description);

    public static SlashOption Boolean(string name, string description) => new(CommandOptionType.Boolean, name, description);

    internal IEnumerable<string> Problems()
    {
        if (Choices.Count > CommandChoice.Most)
            yield return $"has {Choices.Count} choices; at most {CommandChoice.Most} are allowed.";
        if (Autocomplete && Choices.Count > 0)
            yield return "has choices and autocomplete; one of them is allowed.";
        if (Type == CommandOptionType.Boolean && (Autocomplete || Choices.Count > 0))
            yield return "is true or false and needs no choices.";
        if (Type != CommandOptionType.Integer && (Min is not null || Max is not null))
            yield return "has a range of numbers and is no number.";
        if (Type != CommandOptionType.String && (MinLength is not null || MaxLength is not null))
            yield return "has a range of lengths and is no text.";
        if (Min > Max)
            yield return $"has a least value {Min} above its greatest {Max}.";
        if (Min is < -LargestInteger or > LargestInteger || Max is < -LargestInteger or > LargestInteger)
            yield return "has a range beyond 53 bits.";
        if (MinLength is < 0 or > 6000 || MaxLength is < 1 or > 6000 || MinLength > MaxLength)
            yield return "has a range of lengths outside 0 to 6000, or upside down.";
        var kind = Type == CommandOptionType.Integer ? JsonValueKind.Number : JsonValueKind.String;
        if (Choices.Any(c => c.Value.ValueKind != kind))
            yield return "has a choice whose value is of another type.";
    }

    internal int Units() => Name.Length + Description.Length
        + Choices.Sum(c => c.Name.Length + (c.Value.ValueKind == JsonValueKind.String ? c.Value.GetString()!.Length : 0));

    internal ApplicationCommandOption ToApi() => new()
    {
        Type = Type,
        Name = Name,
        Description = Description,
        Required = Required,
        Autocomplete = Autocomplete ? true : null,
        MinValue = Min,
        MaxValue = Max,
        MinLength = MinLength,
        MaxLength = MaxLength,
        Choices = Choices.Count == 0 ? null : Choices,
    };
}

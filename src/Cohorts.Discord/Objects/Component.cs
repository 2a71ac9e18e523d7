namespace Cohorts.Discord;

/// <summary>Discord knows more types than these; an unnamed one keeps its number.</summary>
public enum ComponentType
{
    ActionRow = 1,
    Button = 2,
    StringSelect = 3,
}

public enum ButtonStyle
{
    Primary = 1,
    Secondary = 2,
    Success = 3,
    Danger = 4,
    Link = 5,
}

/// <summary>What can be pressed in a message: a row of buttons, a button, a list to choose from.</summary>
public sealed record Component
{
    public const int MostRows = 5;
    public const int MostButtonsInARow = 5;
    public const int LongestCustomId = 100;
    public const int LongestLabel = 80;

    public required ComponentType Type { get; init; }

    /// <summary>Comes back when it is pressed.</summary>
    public string? CustomId { get; init; }

    public ButtonStyle? Style { get; init; }

    public string? Label { get; init; }

    public bool? Disabled { get; init; }

    public string? Url { get; init; }

    public string? Placeholder { get; init; }

    public IReadOnlyList<SelectOption>? Options { get; init; }

    /// <summary>What a row holds.</summary>
    public IReadOnlyList<Component>? Components { get; init; }

    /// <exception cref="ArgumentException">None, or more than five.</exception>
    public static Component Row(params IReadOnlyList<Component> components) =>
        components.Count is > 0 and <= MostButtonsInARow
            ? new Component { Type = ComponentType.ActionRow, Components = components }
            : throw new ArgumentException($"A row holds 1 to {MostButtonsInARow} components, not {components.Count}.", nameof(components));

    /// <param name="customId">1 to 100 units; carries what is needed to act on it, so that a restart loses nothing.</param>
    /// <param name="label">1 to 80 units.</param>
    /// <exception cref="ArgumentException">Beyond a limit.</exception>
    public static Component Button(string customId, string label, ButtonStyle style = ButtonStyle.Secondary, bool disabled = false)
    {
        Check(customId, LongestCustomId, nameof(customId));
        Check(label, LongestLabel, nameof(label));
        return new Component
        {
            Type = ComponentType.Button,
            CustomId = customId,
            Label = label,
            Style = style,
            Disabled = disabled ? true : null,
        };
    }

    public static Component Link(Uri url, string label)
    {
        Check(label, LongestLabel, nameof(label));
        return new Component { Type = ComponentType.Button, Style = ButtonStyle.Link, Url = url.AbsoluteUri, Label = label };
    }

    private static void Check(string text, int longest, string name)
    {
        if (text.Length == 0 || text.Length > longest)
            throw new ArgumentException($"A button's {name} has 1 to {longest} UTF-16 units, not {text.Length}.", name);
    }
}

public sealed record SelectOption(string Label, string Value, string? Description = null);

using System.Text;

namespace Cohorts.Domain;

/// <summary>
/// A person's user name in Discord as it is compared: without the @ before it, the <c>#0</c> that some programs show after it, and in small
/// letters, which are the only ones Discord has. The database's function <c>discord_handle</c> does the same to a stored one.
/// </summary>
public readonly record struct DiscordUsername
{
    private const int Shortest = 2;
    private const int Longest = 32;

    private DiscordUsername(string value) => Value = value;

    public string Value { get; }

    /// <summary>Why no account can have this name, as a predicate ("has a blank in it"); null where one can.</summary>
    /// <remarks>Discord's rules: 2 to 32 of a to z, 0 to 9, _ and ., no two dots in a row.</remarks>
    public string? Impossible =>
        IsOfTheOldKind(Value) ? "is a name of the old kind with #, which Discord has replaced; ask for the one of today"
        : Value.EnumerateRunes().Where(r => !IsAllowed(r)).Cast<Rune?>().FirstOrDefault() is { } wrong
            ? $"has {(Rune.IsWhiteSpace(wrong) ? "a blank" : $"\"{wrong}\"")} in it; a user name is made of a to z, 0 to 9, _ and . (the display name is another)"
        : Value.Length is < Shortest or > Longest ? $"has {Value.Length} {(Value.Length == 1 ? "character" : "characters")}; a user name has {Shortest} to {Longest}"
        : Value.Contains("..", StringComparison.Ordinal) ? "has two dots in a row, which Discord does not allow"
        : null;

    /// <returns>Null where nothing but decoration was typed.</returns>
    public static DiscordUsername? Of(string? typed)
    {
        var name = (typed ?? "").Trim().TrimStart('@', ' ', '\t').TrimEnd();
        var hash = name.LastIndexOf('#');
        if (hash >= 0 && name.Length - hash is >= 2 and <= 5 && !name.AsSpan(hash + 1).ContainsAnyExcept('0'))
            name = name[..hash].TrimEnd();
        return name.Length == 0 ? null : new DiscordUsername(name.ToLowerInvariant());
    }

    public override string ToString() => Value;

    private static bool IsOfTheOldKind(string name) =>
        name.LastIndexOf('#') is > 0 and var hash && name.Length - hash == 5 && !name.AsSpan(hash + 1).ContainsAnyExceptInRange('0', '9');

    private static bool IsAllowed(Rune rune) => rune.Value is >= 'a' and <= 'z' or >= '0' and <= '9' or '_' or '.';
}

namespace Cohorts.Domain;

/// <summary>Discord's id of a person, a snowflake of 17 to 20 digits; the database keeps it as text.</summary>
public readonly record struct DiscordUserId(ulong Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>Discord's id of a server.</summary>
public readonly record struct GuildId(ulong Value)
{
    public override string ToString() => Value.ToString();
}

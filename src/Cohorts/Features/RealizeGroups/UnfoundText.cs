using Cohorts.Domain;

namespace Cohorts.Features.RealizeGroups;

/// <summary>How it is told that nobody has a user name: "not in the server yet" would have somebody wait for ever.</summary>
internal static class UnfoundText
{
    public const string Heading = "No member has this name, and nobody has joined with it";
    public const string Next = "correct it and import again; whoever does join under it gets access then";

    /// <summary><c>"nora"</c>, with the reason where no account can have it.</summary>
    public static string Username(RealizeGroups.Unfound person) =>
        $"\"{person.Username}\"" + (DiscordUsername.Of(person.Username)?.Impossible is { } why ? $", which {why}" : "");
}

using Cohorts.Discord;

namespace Cohorts.Features.ForgetUser;

/// <summary>A name in the forms in which messages show it, and in which what is kept of them holds it.</summary>
internal static class NameInMessage
{
    public static IEnumerable<string> Forms(string name) => [name, DiscordText.Escape(name), DiscordText.Plain(name)];
}

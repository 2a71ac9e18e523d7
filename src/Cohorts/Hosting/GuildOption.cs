using System.CommandLine;
using System.Globalization;
using Cohorts.Domain;

namespace Cohorts.Hosting;

/// <summary>The option <c>--guild</c> of the verbs that are told a Discord server.</summary>
public static class GuildOption
{
    public static Option<GuildId?> Create(string description, bool required = false) => new("--guild")
    {
        Description = description,
        HelpName = "ID",
        Required = required,
        CustomParser = result =>
        {
            var typed = result.Tokens.Count > 0 ? string.Concat(result.Tokens[0].Value.Where(c => !char.IsControl(c))) : "";
            if (Parse(typed) is { } guild)
                return guild;
            result.AddError($"--guild wants Discord's id of a server, a number of about 19 digits, not \"{typed}\". Right-click the server in Discord, Copy Server ID.");
            return null;
        },
    };

    /// <returns>Null where the text is no id.</returns>
    public static GuildId? Parse(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? new GuildId(id) : null;

    /// <summary><c>Discord__GuildId</c>, the only server that is served; null where it is not set.</summary>
    /// <exception cref="SettingException">It is no id.</exception>
    public static GuildId? Configured(IConfiguration configuration) =>
        configuration["Discord:GuildId"] is not { Length: > 0 } text ? null
        : Parse(text) ?? throw new SettingException($"Discord__GuildId is \"{text}\", which is not the id of a Discord server. Correct or remove it.");
}

using System.Globalization;
using Cohorts.Discord;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>How the bot reaches Discord: <c>Discord__Token</c>, <c>__GuildId</c>, <c>__PublicKey</c>, <c>__ApiBaseUrl</c>.</summary>
/// <param name="OnlyGuild">Where it is set, other guilds of the bot get no commands.</param>
/// <param name="PublicKey">Opens the signed HTTP door.</param>
/// <param name="LockConnectionString">For the lock that says who holds the gateway.</param>
public sealed record DiscordSettings(
    BotToken Token, Snowflake? OnlyGuild, InteractionPublicKey? PublicKey, Uri ApiBaseUrl, string LockConnectionString)
{
    /// <summary>
    /// What the bot does and what it grants, because nobody can grant what they do not hold: see and make channels, set who sees them,
    /// write, embed, attach, read back, mention, and make events; connect and speak, mute and move.
    /// </summary>
    public const Permissions Needed =
        Permissions.ViewChannel | Permissions.ManageChannels | Permissions.ManageRoles | Permissions.SendMessages | Permissions.EmbedLinks
        | Permissions.AttachFiles | Permissions.ReadMessageHistory | Permissions.AddReactions | Permissions.ManageMessages
        | Permissions.Connect | Permissions.Speak | Permissions.Stream | Permissions.MuteMembers | Permissions.MoveMembers
        | Permissions.ManageEvents | Permissions.CreateEvents;

    /// <summary>What to do about a token that Discord does not accept, for whoever runs the program.</summary>
    public const string TokenIsRefused =
        "Discord does not accept the bot's token. Reset it in the developer portal, page Bot, and set Discord__Token to the new one: "
        + "in appsettings.json it is read anew by itself, in the environment start again. One that is accepted again is noticed within a minute.";

    /// <summary>How many commands are taken.</summary>
    public CommandPace Pace { get; init; } = new();

    /// <summary>The token as the settings have it now: a file may have changed.</summary>
    public Func<BotToken>? LatestToken { get; init; }

    public bool Serves(Snowflake guild) => OnlyGuild is null || OnlyGuild == guild;

    /// <returns>Null where no token is configured: the program then has no bot.</returns>
    /// <exception cref="SettingException">A setting is there and wrong; the text names it.</exception>
    public static DiscordSettings? Read(IConfiguration configuration, string connectionString)
    {
        if (configuration["Discord:Token"] is not { Length: > 0 } token)
            return null;
        try
        {
            var first = new BotToken(token);
            return new DiscordSettings(
                first,
                configuration["Discord:GuildId"] is { Length: > 0 } guild ? new Snowflake(ulong.Parse(guild, NumberStyles.None, CultureInfo.InvariantCulture)) : null,
                configuration["Discord:PublicKey"] is { Length: > 0 } key ? InteractionPublicKey.Parse(key) : null,
                configuration["Discord:ApiBaseUrl"] is { Length: > 0 } address ? new Uri(address) : new DiscordRestOptions { Token = first }.BaseAddress,
                LockOf(connectionString))
            {
                Pace = new CommandPace(Most("CommandsPerUser", CommandPace.UsualPerUser), Most("CommandsPerGuild", CommandPace.UsualPerGuild)),
                LatestToken = () => Latest(configuration, first),
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new SettingException($"A setting of Discord is wrong: {e.Message} See Discord__Token, Discord__GuildId, Discord__PublicKey and Discord__ApiBaseUrl.", e);
        }

        int Most(string name, int usual) => configuration["Discord:" + name] is not { Length: > 0 } text ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is >= 1 and <= CommandPace.Most ? most
            : throw new SettingException($"Discord__{name} is \"{text}\"; it is how many commands are taken within a minute, 1 to {CommandPace.Most}.");
    }

    private static BotToken Latest(IConfiguration configuration, BotToken first)
    {
        try
        {
            return configuration["Discord:Token"] is { Length: > 0 } now ? new BotToken(now) : first;
        }
        catch (ArgumentException)
        {
            // Half written, perhaps: looked at again with the next attempt.
            return first;
        }
    }

    /// <summary>For a Discord at another address, in whatever guilds the bot is.</summary>
    public static DiscordSettings For(BotToken token, Uri apiBaseUrl, string connectionString) =>
        new(token, OnlyGuild: null, PublicKey: null, apiBaseUrl, LockOf(connectionString));

    public static Uri InviteLink(Snowflake application) =>
        new Discord.Application { Id = application }.InviteLink(Needed);

    /// <summary>Its patience is short: whoever holds the gateway must learn soon that it may have lost the lock.</summary>
    private static string LockOf(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 5, Timeout = 3, CommandTimeout = 3 }.ConnectionString;
}

/// <summary>How many commands are taken within a minute, each at least 1; buttons and typing are not counted.</summary>
public sealed record CommandPace(int CommandsPerUser = CommandPace.UsualPerUser, int CommandsPerGuild = CommandPace.UsualPerGuild)
{
    /// <summary>One every three seconds: an organizer with fifty cohorts is not held up.</summary>
    public const int UsualPerUser = 20;

    /// <summary>Five such organizers at once.</summary>
    public const int UsualPerGuild = 100;

    public const int Most = 100_000;
}

public static class DiscordServices
{
    /// <summary>The way to Discord: one for the process, because it holds the counts of the rate limits.</summary>
    public static IServiceCollection AddDiscord(this IServiceCollection services, DiscordSettings settings) => services
        .AddSingleton(settings)
        .AddSingleton(provider => new DiscordRest(
            new DiscordRestOptions { Token = settings.Token, LatestToken = settings.LatestToken, BaseAddress = settings.ApiBaseUrl },
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DiscordRest>>()));
}

using Cohorts.Discord;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>Tells a guild which slash commands there are, when they are others than it was told last.</summary>
public sealed partial class CommandRegistration(
    NpgsqlDataSource database, DiscordRest discord, IEnumerable<ISlashModule> modules, ILogger<CommandRegistration> log)
{
    private readonly IReadOnlyList<SlashCommand> _commands = [.. modules.Select(m => m.Command)];

    public async Task EnsureAsync(Snowflake application, Snowflake guild, CancellationToken cancellation)
    {
        var hash = SlashCommand.Hash(_commands);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var told = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT hash FROM registered_commands WHERE application_id = @Application AND guild_id = @Guild",
            new { Application = application.ToString(), Guild = guild.ToString() },
            cancellationToken: cancellation));
        if (told == hash)
            return;

        await discord.OverwriteGuildCommandsAsync(application, guild, _commands, cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO registered_commands (application_id, guild_id, hash)
            VALUES (@Application, @Guild, @hash)
            ON CONFLICT (application_id, guild_id) DO UPDATE SET hash = excluded.hash, updated_at = now()
            """,
            new { Application = application.ToString(), Guild = guild.ToString(), hash },
            cancellationToken: cancellation));
        Registered(_commands.Count, guild);
    }

    /// <summary>A guild that the bot left has forgotten the commands.</summary>
    public async Task ForgetAsync(Snowflake application, Snowflake guild, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM registered_commands WHERE application_id = @Application AND guild_id = @Guild",
            new { Application = application.ToString(), Guild = guild.ToString() },
            cancellationToken: cancellation));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Registered {Count} commands in guild {Guild}")]
    private partial void Registered(int count, Snowflake guild);
}

/// <summary>A server shall know the commands.</summary>
public sealed record CommandsWanted(Snowflake Application, Snowflake Guild) : INotification;

public sealed class RegisterCommands(CommandRegistration commands) : INotificationHandler<CommandsWanted>
{
    public Task Handle(CommandsWanted notification, CancellationToken cancellationToken) =>
        commands.EnsureAsync(notification.Application, notification.Guild, cancellationToken);
}

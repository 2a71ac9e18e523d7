using Cohorts.Discord;
using Dapper;
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

    /// <summary>Takes the commands away from a guild that is not served, whoever registered them there.</summary>
    public async Task WithdrawAsync(Snowflake application, Snowflake guild, CancellationToken cancellation)
    {
        try
        {
            if ((await discord.GetGuildCommandsAsync(application, guild, cancellation)).Count > 0)
            {
                await discord.OverwriteGuildCommandsAsync(application, guild, [], cancellation);
                Withdrawn(guild);
            }
        }
        catch (DiscordException e) when (e.Failure == DiscordFailure.Refused)
        {
            // The bot has left it meanwhile, or was added without its commands: what it does not serve, it refuses.
            NotWithdrawn(e, guild);
        }

        await ForgetAsync(application, guild, cancellation);
    }

    /// <summary>The same for commands that the application has in all guilds. This program registers none; an earlier one may have.</summary>
    public async Task WithdrawGlobalAsync(Snowflake application, CancellationToken cancellation)
    {
        if ((await discord.GetGlobalCommandsAsync(application, cancellation)).Count > 0)
            await discord.OverwriteGlobalCommandsAsync(application, [], cancellation);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Withdrew the commands from guild {Guild}, which is not served")]
    private partial void Withdrawn(Snowflake guild);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The commands of guild {Guild}, which is not served, could not be withdrawn")]
    private partial void NotWithdrawn(Exception exception, Snowflake guild);

    [LoggerMessage(Level = LogLevel.Information, Message = "Registered {Count} commands in guild {Guild}")]
    private partial void Registered(int count, Snowflake guild);
}

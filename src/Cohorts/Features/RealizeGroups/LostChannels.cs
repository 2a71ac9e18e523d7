using Cohorts.Bot;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>Records which of the groups' channels were deleted, as Discord tells it: such a group is not realized any more.</summary>
public static class LostChannels
{
    public sealed class OnDeletion(NpgsqlDataSource database) : INotificationHandler<ChannelDeleted>
    {
        public async Task Handle(ChannelDeleted notification, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(
                """
                INSERT INTO lost_channels (channel_id)
                SELECT @Channel
                 WHERE EXISTS (SELECT 1
                                 FROM groups
                                 JOIN cohorts USING (cohort_id)
                                WHERE discord_guild_id = @Guild
                                  AND @Channel IN (discord_text_channel_id, discord_voice_channel_id))
                    ON CONFLICT DO NOTHING
                """,
                new { Channel = notification.Channel.ToString(), Guild = notification.Guild.ToString() },
                cancellationToken: cancellationToken));
        }
    }

    /// <summary>Those that were deleted while no process of the bot was connected.</summary>
    public sealed class OnOpening(NpgsqlDataSource database) : INotificationHandler<GuildOpened>
    {
        public async Task Handle(GuildOpened notification, CancellationToken cancellationToken)
        {
            if (notification.Channels is not { Count: > 0 } there)
                return;
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(
                """
                DELETE FROM lost_channels WHERE channel_id = ANY(@There);
                INSERT INTO lost_channels (channel_id)
                SELECT DISTINCT channel_id
                  FROM live_groups
                  JOIN cohorts USING (cohort_id)
                 CROSS JOIN unnest(array[discord_text_channel_id, discord_voice_channel_id]) AS named (channel_id)
                 WHERE discord_guild_id = @Guild
                   AND channel_id <> ALL(@There)
                   -- Otherwise perhaps made after Discord told what there is.
                   AND live_groups.updated_at < now() - interval '1 minute'
                    ON CONFLICT DO NOTHING
                """,
                new { Guild = notification.Guild.ToString(), There = there.Select(c => c.ToString()).ToArray() },
                cancellationToken: cancellationToken));
        }
    }
}

using Cohorts.Bot;
using Cohorts.Discord;
using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// Gives somebody who is in the Discord server access to the groups they are a member of, and mentions them there once. Outside of any run,
/// because nobody should wait for one: to do it twice, or while a run does it too, changes nothing.
/// </summary>
/// <param name="now">Into a group whose last meeting is over by then, nobody is let in any more.</param>
public sealed class Arrivals(DiscordRest discord, NpgsqlDataSource database, Instant now)
{
    private const string Reason = "Cohorts: joined the server as a member of a group";

    private const string Sql =
        """
        SELECT group_user_id AS MembershipId,
               user_id AS UserId,
               coalesce(nickname, discord_username, 'User ' || user_id) AS Name,
               timezone AS Timezone,
               groups_users.role = 'facilitator' AS Leads,
               group_id AS GroupId,
               group_name AS GroupName,
               discord_text_channel_id AS Text,
               discord_voice_channel_id AS Voice,
               welcome_message_id AS Welcome,
               mentioned_in_message_id AS MentionedIn
          FROM users
          JOIN groups_users USING (user_id)
          JOIN live_groups USING (group_id)
          JOIN cohorts USING (cohort_id)
         WHERE (discord_id = @Id OR (discord_id IS NULL AND discord_handle(discord_username) = @Username))
           AND users.deleted_at IS NULL
           AND groups_users.status = 'active'
           AND discord_guild_id = @Guild
           AND discord_text_channel_id IS NOT NULL
           AND discord_voice_channel_id IS NOT NULL
           AND last_meeting_ends_at > @now
         ORDER BY group_user_id
        """;

    public async Task AdmitAsync(Snowflake guild, User user, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var memberships = (await connection.QueryAsync<Row>(new CommandDefinition(
            Sql,
            new
            {
                Id = user.Id.ToString(),
                Username = DiscordUsername.Of(user.Username) is { Impossible: null } name ? name.Value : null,
                Guild = guild.ToString(),
                now,
            },
            cancellationToken: cancellation))).AsList();
        if (memberships.Count == 0)
            return;

        await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE users SET discord_id = @Id, updated_at = now() WHERE user_id = ANY(@Users) AND discord_id IS NULL",
            new { Id = user.Id.ToString(), Users = memberships.Select(m => m.UserId).ToArray() },
            cancellationToken: cancellation));
        foreach (var membership in memberships)
            await AdmitAsync(connection, guild, user, membership, cancellation);
    }

    /// <summary>The same for the same membership and channel, so that Discord makes the message once within its few minutes.</summary>
    public static string Nonce(int membership, Snowflake channel) => $"a{membership:x}-{channel.Value % 1_000_000_000_000:x}";

    private async Task AdmitAsync(NpgsqlConnection connection, Snowflake guild, User user, Row membership, CancellationToken cancellation)
    {
        var role = membership.Leads ? CohortRole.Facilitator : CohortRole.Participant;
        var text = Snowflake.Parse(membership.Text);
        foreach (var (channel, type) in new[] { (text, ChannelType.Text), (Snowflake.Parse(membership.Voice), ChannelType.Voice) })
        {
            await discord.PutOverwriteAsync(
                channel, new PermissionOverwrite(user.Id, OverwriteType.Member, ChannelAccess.Of(type, role), Permissions.None), Reason, cancellation);
        }

        var mentionedIn = membership.MentionedIn;
        if (mentionedIn is null && Snowflake.TryParse(membership.Welcome, out var welcome))
        {
            var message = await discord.CreateMessageAsync(
                text,
                WelcomeMessage.Arrival(
                    new WelcomeMember(membership.Name, user.Id, Presence.InTheGuild, role, membership.Timezone),
                    new GroupId(membership.GroupId),
                    membership.GroupName,
                    new Uri($"https://discord.com/channels/{guild}/{text}/{welcome}")),
                Nonce(membership.MembershipId, text),
                cancellation,
                Reason);
            mentionedIn = message.Id.ToString();
        }

        await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE groups_users
               SET access_granted_at = now(), absent_at = NULL, mentioned_in_message_id = @mentionedIn, updated_at = now()
             WHERE group_user_id = @MembershipId
               AND status = 'active'
            """,
            new { mentionedIn, membership.MembershipId },
            cancellationToken: cancellation));
    }

    private sealed record Row(
        int MembershipId,
        int UserId,
        string Name,
        string? Timezone,
        bool Leads,
        int GroupId,
        string GroupName,
        string Text,
        string Voice,
        string? Welcome,
        string? MentionedIn);

    /// <summary>Somebody joins while the bot is connected.</summary>
    public sealed class OnJoin(DiscordRest discord, NpgsqlDataSource database, IClock clock) : INotificationHandler<MemberJoined>
    {
        public Task Handle(MemberJoined notification, CancellationToken cancellationToken) => notification.Member.User is { Bot: not true } user
            ? new Arrivals(discord, database, clock.GetCurrentInstant()).AdmitAsync(notification.Guild, user, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>Somebody joined while no process of the bot was connected: those who were awaited are looked for when one is.</summary>
    public sealed class OnOpening(DiscordRest discord, NpgsqlDataSource database, IClock clock) : INotificationHandler<GuildOpened>
    {
        public async Task Handle(GuildOpened notification, CancellationToken cancellationToken)
        {
            var now = clock.GetCurrentInstant();
            HashSet<string> awaited;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                awaited = [.. await connection.QueryAsync<string>(new CommandDefinition(
                    """
                    SELECT coalesce(discord_id, discord_handle(discord_username))
                      FROM users
                      JOIN groups_users USING (user_id)
                      JOIN live_groups USING (group_id)
                      JOIN cohorts USING (cohort_id)
                     WHERE discord_guild_id = @Guild
                       AND groups_users.status = 'active'
                       AND access_granted_at IS NULL
                       AND coalesce(discord_id, discord_username) IS NOT NULL
                       AND discord_text_channel_id IS NOT NULL
                       AND last_meeting_ends_at > @now
                    """,
                    new { Guild = notification.Guild.ToString(), now },
                    cancellationToken: cancellationToken))];
            }

            if (awaited.Count == 0)
                return;
            var arrivals = new Arrivals(discord, database, now);
            await foreach (var member in discord.ListAllMembersAsync(notification.Guild, cancellationToken))
            {
                if (member.User is { Bot: not true } user && (awaited.Contains(user.Id.ToString()) || (DiscordUsername.Of(user.Username) is { } name && awaited.Contains(name.Value))))
                    await arrivals.AdmitAsync(notification.Guild, user, cancellationToken);
            }
        }
    }
}

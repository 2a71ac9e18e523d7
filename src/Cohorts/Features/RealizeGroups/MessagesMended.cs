using System.Net;
using Cohorts.Discord;
using Cohorts.Domain;
using Dapper;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>
/// Messages that name somebody who was erased are written anew from what the database holds now, or deleted. Each is struck off when it is
/// done, so that it can be repeated until all are.
/// </summary>
public sealed class MessagesMended(NpgsqlDataSource database, IServiceProvider services, IDateTimeZoneProvider zones)
    : IRequestHandler<MendMessages, Outcome<MendMessages.Result>>
{
    private const string Reason = "Cohorts: the person was removed";

    private const string Sql =
        """
        SELECT message_id AS Message,
               channel_id AS Channel,
               group_id AS GroupId,
               cohort_id AS CohortId
          FROM messages_to_mend
          LEFT JOIN groups ON group_id = welcome_of_group_id
         ORDER BY message_id
        """;

    public async Task<Outcome<MendMessages.Result>> Handle(MendMessages request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(Sql, cancellationToken: cancellationToken))).AsList();
        if (rows.Count == 0)
            return new MendMessages.Result(0, 0, 0, null);
        if (services.GetService<DiscordRest>() is not { } discord)
            return new MendMessages.Result(0, 0, rows.Count, "no Discord token is set where this runs");

        var (edited, deleted, left) = (0, 0, 0);
        string? failure = null;
        foreach (var row in rows)
        {
            try
            {
                var found = row.GroupId is null ? await DeleteAsync(discord, row, cancellationToken) : await EditAsync(discord, row, cancellationToken);
                _ = row.GroupId is null ? deleted += found : edited += found;
                await connection.ExecuteAsync(new CommandDefinition(
                    "DELETE FROM messages_to_mend WHERE message_id = @Message", new { row.Message }, cancellationToken: cancellationToken));
            }
            catch (DiscordException e)
            {
                // One channel may be closed to the bot; what is refused to it everywhere would be asked for in vain each time.
                left++;
                failure ??= e.Message.TrimEnd('.');
                if (e.Failure is DiscordFailure.Unauthorized or DiscordFailure.Stopped or DiscordFailure.Unavailable or DiscordFailure.OutcomeUnknown)
                    return new MendMessages.Result(edited, deleted, rows.Count - edited - deleted, failure);
            }
        }

        return new MendMessages.Result(edited, deleted, left, failure);
    }

    private static async Task<int> DeleteAsync(DiscordRest discord, Row row, CancellationToken cancellation)
    {
        try
        {
            await discord.DeleteMessageAsync(Snowflake.Parse(row.Channel), Snowflake.Parse(row.Message), Reason, cancellation);
            return 1;
        }
        catch (DiscordException e) when (e.Status is HttpStatusCode.NotFound)
        {
            return 0;
        }
    }

    private async Task<int> EditAsync(DiscordRest discord, Row row, CancellationToken cancellation)
    {
        if (await Wanted.ReadAsync(database, new CohortId(row.CohortId!.Value), zones, cancellation) is not { } wanted
            || wanted.Groups.FirstOrDefault(g => g.Id.Value == row.GroupId) is not { } group)
        {
            // The group was ended: its welcome can tell of nobody any more.
            return await DeleteAsync(discord, row, cancellation);
        }

        try
        {
            var message = Snowflake.Parse(row.Message);
            await discord.EditMessageAsync(Snowflake.Parse(row.Channel), message, WelcomeMessage.Render(Of(wanted.Cohort, group, message), zones), cancellation, Reason);
            return 1;
        }
        catch (DiscordException e) when (e.Status is HttpStatusCode.NotFound)
        {
            return 0;
        }
    }

    /// <summary>As it was sent, at the time at which it was sent, to those who are in the group now.</summary>
    private static Welcome Of(WantedCohort cohort, WantedGroup group, Snowflake message)
    {
        var known = group.Meetings.ToDictionary(m => m.Number, m => m.Time);
        var planned = group.StartMinute is { } start ? MeetingCalendar.Meetings(cohort.StartDate, cohort.Zone, start, cohort.Meetings) : [];
        var numbers = known.Keys.Union(Enumerable.Range(1, planned.Count)).Order();
        var sent = Instant.FromDateTimeOffset(message.CreatedAt);
        var first = group.Meetings.Where(m => m.Time > sent && m is { Event: not null, Wish: EventWish.Wanted }).MinBy(m => m.Number);
        return new Welcome(
            group.Id,
            group.Name,
            cohort.CourseName,
            cohort.Name,
            [
                .. group.Members.Where(m => m.Membership == Membership.Active).Select(m => new WelcomeMember(
                    m.Name, m.DiscordId, m.Access == Access.Granted ? Presence.InTheGuild : Presence.NotYet, m.Role, m.Timezone)),
            ],
            [.. numbers.Select(n => known.TryGetValue(n, out var time) ? time : planned[n - 1])],
            group.LengthMinutes,
            first is { Event: { } scheduled } && cohort.Guild is { } guild ? new Uri($"https://discord.com/events/{guild}/{scheduled}") : null,
            cohort.WelcomeTemplate)
        {
            SentAt = sent,
        };
    }

    private sealed record Row(string Message, string Channel, int? GroupId, int? CohortId);
}

using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>
/// Erases a person, in one transaction: their rows go, and what has to stay and names them is made anonymous. Whoever is imported again
/// afterwards is somebody new.
/// </summary>
public static class ForgetUser
{
    /// <param name="UserId">Null: somebody who is in no cohort, such as an organizer, or whose rows were erased before.</param>
    /// <param name="DiscordId">Where it is known besides the user's row.</param>
    public sealed record Command(UserId? UserId, DiscordUserId? DiscordId = null) : IRequest<Outcome<Result>>
    {
        /// <summary>What Discord calls the person now.</summary>
        public IReadOnlyList<string> Aliases { get; init; } = [];
    }

    /// <param name="UserId">Null where there was no row.</param>
    /// <param name="DiscordId">Null: none was known.</param>
    /// <param name="RunsMadeAnonymous">Kept runs in whose results, steps or requester the person was named.</param>
    public sealed record Result(UserId? UserId, string? DiscordId, int Enrolments, int Memberships, int RunsMadeAnonymous, int InteractionsMadeAnonymous)
    {
        /// <summary>Rows of other tables in which a text named the person.</summary>
        public int OtherTextsMadeAnonymous { get; init; }

        /// <summary>Names of courses, cohorts and groups that hold the person's name; they stay.</summary>
        public IReadOnlyList<string> NamesLeft { get; init; } = [];

        /// <summary>Other users with the same Discord id, which is as much theirs.</summary>
        public IReadOnlyList<UserId> SameDiscordId { get; init; } = [];

        public bool ChangedNothing => UserId is null && RunsMadeAnonymous + InteractionsMadeAnonymous + OtherTextsMadeAnonymous == 0;
    }

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Command, Outcome<Result>>
    {
        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var user = request.UserId?.Value ?? -1;
            var traces = request.UserId is null
                ? new PersonalTraces(user, null, null, request.DiscordId?.ToString(), null)
                : await connection.QuerySingleOrDefaultAsync<PersonalTraces>(new CommandDefinition(
                    """
                    SELECT user_id AS UserId,
                           nickname AS Nickname,
                           discord_username AS Username,
                           coalesce(nullif(btrim(discord_id), ''), @DiscordId) AS DiscordId,
                           email AS Email
                      FROM users
                     WHERE user_id = @user
                       FOR UPDATE
                    """,
                    new { user, DiscordId = request.DiscordId?.ToString() },
                    transaction,
                    cancellationToken: cancellationToken));
            if (traces is null)
                return new Refusal($"There is no user {request.UserId}. Nothing was changed.");

            if (await BusyAsync(transaction, user, traces.DiscordId, cancellationToken) is { } busy)
                return new Refusal($"Cohort {busy} of this person is being scheduled or realized. Nothing was changed: wait until that has ended, then try again.");

            traces = traces with { Aliases = [.. request.Aliases, .. await AliasesAsync(transaction, traces, cancellationToken)] };
            var result = await EraseAsync(transaction, request.UserId, traces, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }

        /// <summary>
        /// A run opens its row under its cohort's key, which is held from here on: none can begin with the person before they are gone.
        /// </summary>
        /// <returns>A cohort at work with the person, or for them; null where none is.</returns>
        private static async Task<int?> BusyAsync(NpgsqlTransaction transaction, int user, string? discordId, CancellationToken cancellation)
        {
            var cohorts = (await transaction.Connection!.QueryAsync<int>(new CommandDefinition(
                """
                SELECT cohort_id
                  FROM cohorts
                 WHERE cohort_id IN (SELECT cohort_id FROM courses_users WHERE user_id = @user)
                    OR cohort_id IN (SELECT cohort_id FROM groups JOIN groups_users USING (group_id) WHERE user_id = @user)
                 ORDER BY cohort_id
                   FOR UPDATE
                """,
                new { user },
                transaction,
                cancellationToken: cancellation))).ToArray();
            return await transaction.Connection!.ExecuteScalarAsync<int?>(new CommandDefinition(
                "SELECT cohort_id FROM runs WHERE (cohort_id = ANY(@cohorts) OR requested_by_user = @discordId) AND ended_at IS NULL LIMIT 1",
                new { cohorts, discordId },
                transaction,
                cancellationToken: cancellation));
        }

        /// <summary>Other names of the person: in commands and button presses that Discord sent, and as whoever asked for a run.</summary>
        private static async Task<IReadOnlyList<string>> AliasesAsync(NpgsqlTransaction transaction, PersonalTraces traces, CancellationToken cancellation)
        {
            if (traces.DiscordId is not { Length: > 0 })
                return [];
            var payloads = await transaction.Connection!.QueryAsync<string>(new CommandDefinition(
                "SELECT payload::text FROM interactions WHERE position(@DiscordId IN payload::text) > 0",
                new { traces.DiscordId },
                transaction,
                cancellationToken: cancellation));
            var requests = await transaction.Connection!.QueryAsync<string>(new CommandDefinition(
                "SELECT DISTINCT requested_by FROM runs WHERE requested_by_user = @DiscordId",
                new { traces.DiscordId },
                transaction,
                cancellationToken: cancellation));
            return [.. payloads.SelectMany(traces.NamesIn).Concat(requests).Distinct(StringComparer.Ordinal)];
        }

        private static async Task<Result> EraseAsync(NpgsqlTransaction transaction, UserId? person, PersonalTraces traces, CancellationToken cancellation)
        {
            var connection = transaction.Connection!;
            var user = traces.UserId;
            var (enrolments, memberships) = await connection.QuerySingleAsync<(int, int)>(new CommandDefinition(
                """
                SELECT (SELECT count(*)::int FROM courses_users WHERE user_id = @user),
                       (SELECT count(*)::int FROM groups_users WHERE user_id = @user)
                """,
                new { user },
                transaction,
                cancellationToken: cancellation));
            // Enrolments, memberships and what somebody leads go with the person's own row; what tells of them in Discord is remembered.
            var (runs, interactions) = await connection.QuerySingleAsync<(long[] Runs, string[] Interactions)>(new CommandDefinition(
                """
                INSERT INTO messages_to_mend (message_id, channel_id, welcome_of_group_id)
                SELECT DISTINCT welcome_message_id, discord_text_channel_id, group_id
                  FROM groups_users
                  JOIN groups USING (group_id)
                 WHERE user_id = @user
                   AND welcome_message_id ~ '^[0-9]{1,20}$'
                   AND discord_text_channel_id ~ '^[0-9]{1,20}$'
                    ON CONFLICT DO NOTHING;
                INSERT INTO messages_to_mend (message_id, channel_id)
                SELECT DISTINCT mentioned_in_message_id, discord_text_channel_id
                  FROM groups_users
                  JOIN groups USING (group_id)
                 WHERE user_id = @user
                   AND mentioned_in_message_id ~ '^[0-9]{1,20}$'
                   AND mentioned_in_message_id IS DISTINCT FROM welcome_message_id
                   AND discord_text_channel_id ~ '^[0-9]{1,20}$'
                    ON CONFLICT DO NOTHING;
                DELETE FROM taken_over_duplicates
                 WHERE original_row->>'user_id' = @user::text OR merged_into_row_before->>'user_id' = @user::text;
                UPDATE courses SET created_by_user_id = NULL WHERE created_by_user_id = @user;
                UPDATE groups SET created_by_user_id = NULL WHERE created_by_user_id = @user;
                DELETE FROM users WHERE user_id = @user;
                WITH asked AS (
                    UPDATE runs
                       SET requested_by = 'removed person', requested_by_user = NULL, updated_at = now()
                     WHERE requested_by_user = @DiscordId
                    RETURNING run_id
                ), commanded AS (
                    UPDATE interactions SET commanded_by = NULL, updated_at = now() WHERE commanded_by = @DiscordId RETURNING interaction_id
                )
                SELECT coalesce((SELECT array_agg(run_id) FROM asked), '{}'), coalesce((SELECT array_agg(interaction_id) FROM commanded), '{}');
                """,
                new { user, traces.DiscordId },
                transaction,
                cancellationToken: cancellation));

            var texts = new StoredTexts(transaction, traces);
            var changed = await texts.CleanAsync(cancellation);
            var allRuns = runs.Select(r => r.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToHashSet(StringComparer.Ordinal);
            allRuns.UnionWith(changed.Where(c => c.Key is "runs" or "run_steps").SelectMany(c => c.Value));
            var allInteractions = interactions.ToHashSet(StringComparer.Ordinal);
            allInteractions.UnionWith(changed.Where(c => c.Key is "interactions").SelectMany(c => c.Value));
            return new Result(person, traces.DiscordId, enrolments, memberships, allRuns.Count, allInteractions.Count)
            {
                OtherTextsMadeAnonymous = changed.Where(c => c.Key is not ("runs" or "run_steps" or "interactions")).Sum(c => c.Value.Count),
                NamesLeft = await texts.NamesLeftAsync(cancellation),
                SameDiscordId =
                [
                    .. await connection.QueryAsync<UserId>(new CommandDefinition(
                        "SELECT user_id FROM users WHERE discord_id = @DiscordId AND discord_id <> '' ORDER BY 1",
                        new { traces.DiscordId },
                        transaction,
                        cancellationToken: cancellation)),
                ],
            };
        }
    }
}

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
    public sealed record Command(UserId UserId) : IRequest<Outcome<Result>>;

    /// <param name="DiscordId">Null: none was known.</param>
    /// <param name="RunsMadeAnonymous">Kept runs in whose results, steps or requester the person was named.</param>
    public sealed record Result(UserId UserId, string? DiscordId, int Enrolments, int Memberships, int RunsMadeAnonymous, int InteractionsMadeAnonymous);

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Command, Outcome<Result>>
    {
        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var user = request.UserId.Value;
            var traces = await connection.QuerySingleOrDefaultAsync<PersonalTraces>(new CommandDefinition(
                """
                SELECT user_id AS UserId, nickname AS Nickname, discord_username AS Username, discord_id AS DiscordId, email AS Email
                  FROM users
                 WHERE user_id = @user
                   FOR UPDATE
                """,
                new { user },
                transaction,
                cancellationToken: cancellationToken));
            if (traces is null)
                return new Refusal($"There is no user {request.UserId}. Nothing was changed.");

            // A run opens its row under its cohort's key: none can begin with the person before they are gone.
            var cohorts = (await connection.QueryAsync<int>(new CommandDefinition(
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
                cancellationToken: cancellationToken))).ToArray();
            if (await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
                "SELECT cohort_id FROM runs WHERE cohort_id = ANY(@cohorts) AND ended_at IS NULL LIMIT 1",
                new { cohorts },
                transaction,
                cancellationToken: cancellationToken)) is { } busy)
            {
                return new Refusal($"Cohort {busy} of this person is being scheduled or realized. Nothing was changed: wait until that has ended, then try again.");
            }

            var runs = await MakeRunsAnonymousAsync(transaction, traces, cancellationToken);
            var interactions = await MakeInteractionsAnonymousAsync(transaction, traces, cancellationToken);
            var (enrolments, memberships) = await EraseAsync(transaction, user, traces, cohorts, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new Result(request.UserId, traces.DiscordId, enrolments, memberships, runs, interactions);
        }

        private static async Task<(int Enrolments, int Memberships)> EraseAsync(
            NpgsqlTransaction transaction, int user, PersonalTraces traces, int[] cohorts, CancellationToken cancellation)
        {
            var counts = await transaction.Connection!.QuerySingleAsync<(int, int)>(new CommandDefinition(
                """
                SELECT (SELECT count(*)::int FROM courses_users WHERE user_id = @user),
                       (SELECT count(*)::int FROM groups_users WHERE user_id = @user)
                """,
                new { user },
                transaction,
                cancellationToken: cancellation));
            foreach (var (table, key, column) in new[]
            {
                ("courses_users", "course_user_id", "ungroupable_detail"), ("groups", "group_id", "notes"), ("meetings", "meeting_id", "reschedule_reason"),
            })
            {
                var texts = await transaction.Connection!.QueryAsync<(int Id, string Text)>(new CommandDefinition(
                    $"SELECT {key}, {column} FROM {table} WHERE cohort_id = ANY(@cohorts) AND {column} IS NOT NULL",
                    new { cohorts },
                    transaction,
                    cancellationToken: cancellation));
                foreach (var (id, text) in texts)
                {
                    if (traces.RemovedFrom(text) is { } clean && clean != text)
                    {
                        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                            $"UPDATE {table} SET {column} = @clean, updated_at = now() WHERE {key} = @id", new { clean, id }, transaction, cancellationToken: cancellation));
                    }
                }
            }

            // Enrolments, memberships and what somebody leads go with the person's own row.
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                """
                DELETE FROM taken_over_duplicates
                 WHERE original_row->>'user_id' = @user::text OR merged_into_row_before->>'user_id' = @user::text;
                UPDATE courses SET created_by_user_id = NULL WHERE created_by_user_id = @user;
                UPDATE groups SET created_by_user_id = NULL WHERE created_by_user_id = @user;
                DELETE FROM users WHERE user_id = @user;
                """,
                new { user },
                transaction,
                cancellationToken: cancellation));
            return counts;
        }

        private static async Task<int> MakeRunsAnonymousAsync(NpgsqlTransaction transaction, PersonalTraces traces, CancellationToken cancellation)
        {
            var changed = new HashSet<long>();
            var connection = transaction.Connection!;
            // One after another: a result can be large, and there can be many.
            var runs = (await connection.QueryAsync<long>(new CommandDefinition(
                "SELECT run_id FROM runs WHERE ended_at IS NOT NULL ORDER BY run_id", transaction: transaction, cancellationToken: cancellation))).AsList();
            foreach (var run in runs)
            {
                var (requestedBy, result, error) = await connection.QuerySingleAsync<(string RequestedBy, string? Result, string? Error)>(new CommandDefinition(
                    "SELECT requested_by, result::text, error FROM runs WHERE run_id = @run", new { run }, transaction, cancellationToken: cancellation));
                var clean = (RequestedBy: traces.RemovedFrom(requestedBy), Result: traces.RemovedFromJson(result), Error: traces.RemovedFrom(error));
                if (clean == (requestedBy, result, error))
                    continue;
                changed.Add(run);
                await connection.ExecuteAsync(new CommandDefinition(
                    "UPDATE runs SET requested_by = @RequestedBy, result = @Result::jsonb, error = @Error, updated_at = now() WHERE run_id = @run",
                    new { clean.RequestedBy, clean.Result, clean.Error, run },
                    transaction,
                    cancellationToken: cancellation));
            }

            var steps = await connection.QueryAsync<(long Run, int Number, string Name, string? Detail)>(new CommandDefinition(
                """
                SELECT run_id, step_number, name, detail::text
                  FROM run_steps
                 WHERE EXISTS (SELECT FROM unnest(@Words::text[]) AS word WHERE position(lower(word) IN lower(name || ' ' || coalesce(detail::text, ''))) > 0)
                    OR detail->>'userId' = @User
                    OR detail->>'user' = @User
                """,
                new { traces.Words, User = traces.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                transaction,
                cancellationToken: cancellation));
            foreach (var (run, number, name, detail) in steps)
            {
                changed.Add(run);
                await connection.ExecuteAsync(new CommandDefinition(
                    "UPDATE run_steps SET name = @Name, detail = @Detail::jsonb, updated_at = now() WHERE run_id = @run AND step_number = @number",
                    new { Name = traces.RemovedFrom(name), Detail = traces.RemovedFromJson(detail), run, number },
                    transaction,
                    cancellationToken: cancellation));
            }

            return changed.Count;
        }

        private static async Task<int> MakeInteractionsAnonymousAsync(NpgsqlTransaction transaction, PersonalTraces traces, CancellationToken cancellation)
        {
            if (traces.DiscordId is not { Length: > 0 })
                return 0;
            var rows = (await transaction.Connection!.QueryAsync<(string Id, string Payload)>(new CommandDefinition(
                "SELECT interaction_id, payload::text FROM interactions WHERE position(@DiscordId IN payload::text) > 0",
                new { traces.DiscordId },
                transaction,
                cancellationToken: cancellation))).AsList();
            foreach (var (id, payload) in rows)
            {
                await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                    "UPDATE interactions SET payload = @Payload::jsonb, updated_at = now() WHERE interaction_id = @id",
                    new { Payload = traces.RemovedFromJson(payload), id },
                    transaction,
                    cancellationToken: cancellation));
            }

            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                "UPDATE interactions SET commanded_by = NULL WHERE commanded_by = @DiscordId",
                new { traces.DiscordId },
                transaction,
                cancellationToken: cancellation));
            return rows.Count;
        }
    }
}

using System.Data;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.ExportCohort;

/// <summary>
/// Writes everything of a cohort to a folder, as it stands at one moment: one CSV for each kind of row, and all of it once more as JSON.
/// Row by row, so that its size is no matter of memory.
/// </summary>
public static class ExportCohort
{
    /// <param name="Folder">Must not be there yet; it appears when it is complete.</param>
    public sealed record Command(CohortId CohortId, string Folder) : IRequest<Outcome<Result>>;

    public sealed record Result(CohortId CohortId, string Folder, IReadOnlyList<Written> Files);

    /// <param name="Rows">Without the CSV's header; of the JSON all.</param>
    public sealed record Written(string File, long Rows);

    /// <param name="Columns">Each as it is called in the export, with how it is read where that differs.</param>
    private sealed record Table(string Name, string[] Columns, string From);

    /// <summary>Without what belongs to the machinery or is a secret: leases, keys, interaction tokens.</summary>
    private static readonly Table[] Tables =
    [
        new(
            "cohort",
            [
                "cohort_id", "cohort_name", "course_id", "course_name", "description", "welcome_template", "cohort_start_date", "duration_days",
                "cohorts.status AS status", "number_of_group_meetings", "meeting_length_minutes", "meeting_timezone", "discord_guild_id",
                "discord_category_id", "discord_further_category_ids", "cohorts.created_at AS created_at", "cohorts.updated_at AS updated_at",
            ],
            "FROM cohorts JOIN courses USING (course_id) WHERE cohort_id = @Cohort"),
        new(
            "enrolments",
            [
                "course_user_id", "user_id",
                // As lists show it: nobody is imported again without a name.
                "coalesce(nullif(btrim(nickname), ''), nullif(btrim(discord_username), ''), 'User ' || user_id) AS name",
                "nickname", "discord_username", "discord_id", "email", "timezone", "availability_utc",
                "if_needed_availability_utc", "cohort_role", "grouping_status", "grouping_attempt_count", "last_grouping_attempt_at",
                "ungroupable_reason", "ungroupable_detail", "max_active_groups", "is_course_committee_member", "completed_at", "notes", "source",
                "courses_users.created_at AS created_at", "courses_users.updated_at AS updated_at",
            ],
            """
            FROM courses_users
            JOIN users USING (user_id)
            LEFT JOIN (SELECT user_id, max(max_active_groups) AS max_active_groups FROM facilitators GROUP BY user_id) AS allowed USING (user_id)
            WHERE cohort_id = @Cohort
            ORDER BY course_user_id
            """),
        new(
            "groups",
            [
                "group_id", "group_name", "status", "meeting_start_minute", "meeting_length_minutes", "recurring_meeting_time_utc", "start_date",
                "expected_end_date", "actual_end_date", "discord_text_channel_id", "discord_voice_channel_id", "welcome_message_id",
                "merged_from_groups", "merged_into_group_id", "max_capacity", "min_size_threshold", "notes", "flags", "created_at", "updated_at",
            ],
            "FROM groups WHERE cohort_id = @Cohort ORDER BY group_id"),
        new(
            "memberships",
            [
                "group_user_id", "group_id", "group_name", "user_id", "nickname", "role", "groups_users.status AS status", "joined_at", "left_at",
                "dropout_reason", "dropout_details", "access_granted_at", "absent_at", "mentioned_in_message_id",
            ],
            "FROM groups_users JOIN groups USING (group_id) JOIN users USING (user_id) WHERE cohort_id = @Cohort ORDER BY group_user_id"),
        new(
            "meetings",
            [
                "meeting_id", "group_id", "group_name", "meeting_number", "scheduled_time_utc", "was_rescheduled", "reschedule_reason",
                "discord_event_id", "meetings.discord_voice_channel_id AS discord_voice_channel_id", "event_cancelled_at",
            ],
            "FROM meetings LEFT JOIN groups USING (group_id) WHERE coalesce(meetings.cohort_id, groups.cohort_id) = @Cohort ORDER BY meeting_id"),
        new(
            "runs",
            [
                "run_id", "kind", "requested_by", "options", "seed", "state", "started_at", "ended_at", "result", "error", "continues_run_id",
            ],
            "FROM runs WHERE cohort_id = @Cohort ORDER BY run_id"),
        new(
            "run_steps",
            ["run_id", "step_number", "name", "outcome", "detail", "at"],
            "FROM run_steps JOIN runs USING (run_id) WHERE cohort_id = @Cohort ORDER BY run_id, step_number"),
    ];

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Command, Outcome<Result>>
    {
        /// <summary>Bytes of JSON that are held before they go to the disk.</summary>
        private const int Held = 1 << 16;

        public async Task<Outcome<Result>> Handle(Command request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            // One moment for all tables, whatever is written meanwhile.
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition("SET TRANSACTION READ ONLY; SET LOCAL TimeZone TO 'UTC'", transaction: transaction, cancellationToken: cancellationToken));
            if (await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
                "SELECT 1 FROM cohorts WHERE cohort_id = @Cohort", new { Cohort = request.CohortId.Value }, transaction, cancellationToken: cancellationToken)) is null)
            {
                return new Refusal($"There is no cohort {request.CohortId}. Next: ./cohorts list") { Reason = RefusalReason.NoSuchCohort };
            }

            var folder = Path.GetFullPath(request.Folder);
            if (Path.Exists(folder))
                return new Refusal($"{request.Folder} is there already, and nothing in it is overwritten. Name another folder with --out.");

            // Beside its place: a folder under its own name is complete.
            var beginning = $"{folder}.{Guid.NewGuid():N}.part";
            try
            {
                OwnFiles.CreateFolder(beginning);
                var files = await WriteAsync(connection, transaction, request.CohortId, beginning, cancellationToken);
                Directory.Move(beginning, folder);
                return new Result(request.CohortId, folder, files);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                return new Refusal($"The export could not be written: {e.Message.TrimEnd('.')}. Name another folder with --out.");
            }
            finally
            {
                if (Directory.Exists(beginning))
                    Directory.Delete(beginning, recursive: true);
            }
        }

        private static async Task<IReadOnlyList<Written>> WriteAsync(
            NpgsqlConnection connection, NpgsqlTransaction transaction, CohortId cohort, string folder, CancellationToken cancellation)
        {
            var files = new List<Written>();
            var whole = $"cohort-{cohort}.json";
            await using var file = OwnFiles.Create(Path.Combine(folder, whole));
            await using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            json.WriteStartObject();
            foreach (var table in Tables)
            {
                json.WriteStartArray(table.Name);
                using var csv = new CsvFile(Path.Combine(folder, table.Name + ".csv"), table.Columns.Select(NameOf));
                var rows = 0L;
                // As JSON, which knows every type and keeps the columns' order.
                var sql = $"SELECT row_to_json(r)::text FROM (SELECT {string.Join(", ", table.Columns)} {table.From}) AS r";
                await foreach (var text in connection.QueryUnbufferedAsync<string>(sql, new { Cohort = cohort.Value }, transaction).WithCancellation(cancellation))
                {
                    using var row = JsonDocument.Parse(text);
                    row.RootElement.WriteTo(json);
                    csv.Write(row.RootElement.EnumerateObject().Select(p => p.Value));
                    rows++;
                    if (json.BytesPending > Held)
                        await json.FlushAsync(cancellation);
                }

                json.WriteEndArray();
                files.Add(new Written(table.Name + ".csv", rows));
            }

            json.WriteEndObject();
            files.Add(new Written(whole, files.Sum(f => f.Rows)));
            return files;
        }

        private static string NameOf(string column) => column.Split(' ')[^1];
    }
}

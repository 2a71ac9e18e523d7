using System.Globalization;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>
/// Takes a person's traces out of every column in which free text stands. Of the program's own tables those columns are listed; a table that
/// the program does not know (the original has some) is searched whole.
/// </summary>
internal sealed class StoredTexts(NpgsqlTransaction transaction, PersonalTraces traces)
{
    /// <summary>Other columns hold ids, times, words of the program, and names that are not people's: of courses, cohorts, groups, servers.</summary>
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["users"] = ["notes", "source", "reminder_preferences", "reminder_timing"],
        ["facilitators"] = [],
        ["courses"] = ["description", "welcome_template"],
        ["cohorts"] = [],
        ["groups"] = ["notes", "flags"],
        ["groups_users"] = ["dropout_details"],
        ["courses_users"] = ["ungroupable_detail"],
        ["meetings"] = ["reschedule_reason"],
        ["runs"] = ["requested_by", "options", "result", "error"],
        ["run_steps"] = ["name", "outcome", "detail"],
        ["interactions"] = ["payload"],
        ["taken_over_duplicates"] = ["original_row", "merged_into_row_before"],
        ["gateway_sessions"] = [],
        ["registered_commands"] = [],
        ["bot_guilds"] = [],
        ["lost_channels"] = [],
        ["messages_to_mend"] = [],
        ["schemaversions"] = [],
        ["orleansquery"] = [],
    };

    /// <summary>Names of a course, a cohort or a group that hold the person's name: whoever gave them has to find others.</summary>
    public async Task<IReadOnlyList<string>> NamesLeftAsync(CancellationToken cancellation)
    {
        var names = await transaction.Connection!.QueryAsync<(string What, string Name)>(new CommandDefinition(
            """
            SELECT 'course', course_name FROM courses
             UNION ALL
            SELECT 'cohort', cohort_name FROM cohorts WHERE cohort_name IS NOT NULL
             UNION ALL
            SELECT 'group', group_name FROM groups
            """,
            transaction: transaction,
            cancellationToken: cancellation));
        return [.. names.Where(n => traces.RemovedFrom(n.Name) != n.Name).Select(n => $"{n.What} {n.Name}").Distinct(StringComparer.Ordinal)];
    }

    /// <returns>By table, what tells its changed rows apart: the id of a run or an interaction, of other rows their place.</returns>
    public async Task<IReadOnlyDictionary<string, HashSet<string>>> CleanAsync(CancellationToken cancellation)
    {
        var changed = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        if (traces.Forms.Length == 0)
            return changed;
        var columns = await transaction.Connection!.QueryAsync<Column>(new CommandDefinition(
            """
            SELECT columns.table_name AS TableName,
                   column_name AS Name,
                   CASE WHEN data_type IN ('json', 'jsonb') THEN data_type WHEN data_type = 'ARRAY' THEN 'array' ELSE 'text' END AS Kind,
                   is_nullable = 'YES' AS IsNullable
              FROM information_schema.columns
              JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_schema = current_schema()
               AND table_type = 'BASE TABLE'
               AND is_generated = 'NEVER'
               AND (data_type IN ('text', 'character varying', 'character', 'json', 'jsonb')
                    OR (data_type = 'ARRAY' AND udt_name IN ('_text', '_varchar')))
             ORDER BY 1, 2
            """,
            transaction: transaction,
            cancellationToken: cancellation));
        foreach (var column in columns.Where(IsFreeText))
        {
            foreach (var key in await CleanAsync(column, cancellation))
            {
                if (!changed.TryGetValue(column.TableName, out var rows))
                    changed[column.TableName] = rows = [];
                rows.Add(key);
            }
        }

        return changed;
    }

    private static bool IsFreeText(Column column) => Known.TryGetValue(column.TableName, out var free)
        ? free.Contains(column.Name, StringComparer.Ordinal)
        : !column.TableName.StartsWith("orleans", StringComparison.Ordinal)
            && !column.TableName.Contains("certificate", StringComparison.Ordinal)
            && !column.TableName.Contains("cluster", StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> CleanAsync(Column column, CancellationToken cancellation)
    {
        var (table, name) = (Quoted(column.TableName), Quoted(column.Name));
        var key = column.TableName is "runs" or "run_steps" ? "run_id::text" : column.TableName is "interactions" ? "interaction_id" : "ctid::text";
        // The database finds what may be meant, in any way to write it; what is meant is found here. A text of JSON has its backslashes twice.
        var rows = (await transaction.Connection!.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT ctid::text AS Place,
                   {key} AS Key,
                   {name}::text AS Text
              FROM {table}
             WHERE {name}::text LIKE ANY (@Patterns)
                OR lower({name}::text) LIKE ANY (@Patterns)
               FOR UPDATE
            """,
            new { Patterns = Patterns() },
            transaction,
            cancellationToken: cancellation))).AsList();
        var changed = new List<string>();
        foreach (var row in rows)
        {
            object? clean = column.Kind switch
            {
                "text" when row.Text == traces.DiscordId => column.IsNullable ? null : "0",
                "text" => traces.RemovedFrom(row.Text),
                "array" => await ArrayAsync(table, name, row.Place, cancellation),
                _ => traces.RemovedFromJson(row.Text),
            };
            if (clean is string text && text == row.Text)
                continue;
            changed.Add(row.Key);
            var value = column.Kind is "json" or "jsonb" ? $"@clean::{column.Kind}" : "@clean";
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                $"UPDATE {table} SET {name} = {value} WHERE ctid = @Place::tid", new { clean, row.Place }, transaction, cancellationToken: cancellation));
        }

        return changed;
    }

    private async Task<string?[]> ArrayAsync(string table, string name, string place, CancellationToken cancellation) =>
    [
        .. (await transaction.Connection!.QueryAsync<string?>(new CommandDefinition(
            $"SELECT unnest({name}) FROM {table} WHERE ctid = @place::tid", new { place }, transaction, cancellationToken: cancellation)))
        .Select(traces.RemovedFrom),
    ];

    private string[] Patterns() =>
    [
        .. traces.Forms
            .SelectMany(f => new[] { f, f.ToLowerInvariant(), f.ToUpperInvariant(), CultureInfo.InvariantCulture.TextInfo.ToTitleCase(f) })
            .SelectMany(f => new[] { f, f.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) })
            .Distinct(StringComparer.Ordinal)
            .Select(f => $"%{f.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%"),
    ];

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private sealed record Column(string TableName, string Name, string Kind, bool IsNullable);

    private sealed record Row(string Place, string Key, string Text);
}

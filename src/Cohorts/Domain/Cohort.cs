using Dapper;
using Npgsql;

namespace Cohorts.Domain;

/// <summary>A cohort as a person names it.</summary>
public sealed record Cohort(CohortId Id, string Name, string CourseName)
{
    /// <summary>
    /// The one cohort that a text names: an id, or a name in any case ("January 2027", or "Rust / January 2027" with its course).
    /// Refused when no cohort or more than one is called so.
    /// </summary>
    public static async Task<Outcome<Cohort>> FindAsync(NpgsqlDataSource database, string idOrName, CancellationToken cancellation)
    {
        if (TypedText.FirstUnseen(idOrName.Replace("\0", "", StringComparison.Ordinal)) is { } unseen)
            return new Refusal($"The name of the cohort holds a character that cannot be seen (U+{unseen.Value:X4}); type it anew, or give the id that `./cohorts list` shows.");
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var found = (await connection.QueryAsync<Cohort>(new CommandDefinition(
            """
            SELECT cohort_id AS Id,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS Name,
                   course_name AS CourseName
              FROM cohorts
              JOIN courses USING (course_id)
             WHERE cohort_id::text = @Text
                OR lower(nfc(coalesce(cohort_name, 'Cohort ' || cohort_id))) = lower(nfc(@Text))
                OR lower(nfc(course_name || ' / ' || coalesce(cohort_name, 'Cohort ' || cohort_id))) = lower(nfc(@Text))
             ORDER BY cohort_id::text = @Text DESC, cohort_start_date, cohort_id
            """,
            new { Text = TypedText.WithPlainBlanks(idOrName.Replace("\0", "", StringComparison.Ordinal)).Trim() },
            cancellationToken: cancellation))).AsList();

        if (found.Count == 1 || (found.Count > 1 && found[0].Id.ToString() == idOrName.Trim()))
            return found[0];
        return found.Count == 0
            ? new Refusal($"There is no cohort \"{idOrName}\". `./cohorts list` shows all of them with their ids.")
            : new Refusal(
                $"{found.Count} cohorts are called \"{idOrName}\". Name one by its id:",
                [.. found.Select(c => $"{c.Id}  {c.CourseName} / {c.Name}")]);
    }

    /// <summary>The cohort with this id, where it is seen in that guild; in any other it does not exist. Reads only.</summary>
    public static async Task<Outcome<Cohort>> FindInGuildAsync(NpgsqlDataSource database, CohortId id, GuildId guild, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var found = await connection.QuerySingleOrDefaultAsync<Cohort>(new CommandDefinition(
            """
            SELECT cohort_id AS Id,
                   coalesce(cohort_name, 'Cohort ' || cohort_id) AS Name,
                   course_name AS CourseName
              FROM cohorts
              JOIN courses USING (course_id)
              JOIN cohorts_in_discord USING (cohort_id)
             WHERE cohort_id = @Id
               AND guild_id = @Guild
            """,
            new { Id = id.Value, Guild = guild.ToString() },
            cancellationToken: cancellation));
        return found is not null ? found : new Refusal("There is no such cohort in this server. Type the command again and pick one from the list.");
    }
}

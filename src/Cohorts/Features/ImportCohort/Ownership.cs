using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>Which Discord server a cohort belongs to once it is imported.</summary>
/// <param name="Guild">Null: none, because nobody said and the bot is not in exactly one.</param>
/// <param name="Refusal">Why the file is not imported for that server.</param>
/// <param name="Warnings">Whole sentences.</param>
public sealed record Ownership(GuildId? Guild, Refusal? Refusal, IReadOnlyList<string> Warnings)
{
    /// <summary>Not named in the command, and new to the cohort.</summary>
    public bool IsFound { get; private init; }

    /// <summary>The cohort's own; else the one that is named, the one that is configured, or the only one that the bot was in.</summary>
    public static async Task<Ownership> FindAsync(NpgsqlTransaction transaction, ImportCohort.Command request, CohortId? cohort, CancellationToken cancellation)
    {
        var own = await transaction.Connection!.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT discord_guild_id FROM cohorts WHERE cohort_id = @Id", new { Id = cohort?.Value }, transaction, cancellationToken: cancellation));
        var bot = await BotGuild.ListAsync(transaction.Connection!, cancellation, transaction);
        if (own is not null)
        {
            var kept = new GuildId(ulong.Parse(own, System.Globalization.CultureInfo.InvariantCulture));
            return new Ownership(kept, request.Guild is { } other && other != kept ? Elsewhere(request, cohort, kept, other) : null, []);
        }

        var guild = request.Guild ?? request.ConfiguredGuild ?? (bot is [var only] ? only.Id : null);
        return new Ownership(guild, null, [.. Warn(request, guild, bot)]) { IsFound = guild is not null && request.Guild is null };
    }

    private static Refusal Elsewhere(ImportCohort.Command request, CohortId? cohort, GuildId own, GuildId other) => new(
        $"{request.FileName} was not imported, and nothing was changed: {request.Cohort} belongs to the Discord server {own}, not to {other}. "
        + $"Leave --guild out, or move the cohort first: ./cohorts assign {cohort} --guild {other}");

    private static IEnumerable<string> Warn(ImportCohort.Command request, GuildId? guild, IReadOnlyList<BotGuild> bot)
    {
        if (guild is null && bot.Count > 1)
        {
            yield return $"{request.Cohort} belongs to no Discord server, and the bot is in {bot.Count}, so it is seen in none of them: "
                + $"{string.Join(", ", bot.Take(8))}. Add --guild ID to this command, or give it to one later: ./cohorts assign --help";
        }
        else if (guild is { } named && bot.Count > 0 && bot.All(b => b.Id != named))
        {
            yield return $"The bot was not in the Discord server {named} when it was last connected. Invite it there, or correct the id.";
        }
    }
}

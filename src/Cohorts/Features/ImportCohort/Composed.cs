using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>Texts with their letters composed (NFC), which the database does: this program runs with invariant globalization.</summary>
public static class Composed
{
    public static async Task<List<Entry>> EntriesAsync(NpgsqlDataSource database, List<Entry> entries, CancellationToken cancellation)
    {
        var composed = await ReadAsync(
            database, entries.SelectMany(e => new[] { e.Name, e.Email, e.DiscordUsername }).OfType<string>(), cancellation);
        if (composed.Count == 0)
            return entries;
        string? Of(string? text) => text is null ? null : composed.GetValueOrDefault(text, text);
        return [.. entries.Select(e => e with { Name = Of(e.Name)!, Email = Of(e.Email), DiscordUsername = Of(e.DiscordUsername) })];
    }

    public static async Task<string> NameAsync(NpgsqlDataSource database, string name, CancellationToken cancellation) =>
        (await ReadAsync(database, [name], cancellation)).GetValueOrDefault(name, name);

    /// <summary>By the text as it was, of those only that composing could change: mostly none, and then the database is not asked.</summary>
    private static async Task<Dictionary<string, string>> ReadAsync(NpgsqlDataSource database, IEnumerable<string> texts, CancellationToken cancellation)
    {
        var candidates = texts.Where(TypedText.MayBeDecomposed).Distinct(StringComparer.Ordinal).ToArray();
        if (candidates.Length == 0)
            return [];
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var read = await connection.QueryAsync<(string Typed, string Composed)>(new CommandDefinition(
            "SELECT text, nfc(text) FROM unnest(@candidates) AS text", new { candidates }, cancellationToken: cancellation));
        return read.ToDictionary(t => t.Typed, t => t.Composed, StringComparer.Ordinal);
    }
}

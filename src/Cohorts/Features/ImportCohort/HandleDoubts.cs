using Cohorts.Domain;
using Dapper;
using Npgsql;

namespace Cohorts.Features.ImportCohort;

/// <summary>What is doubtful about people's Discord user names: such as no account can have, and one that several people gave.</summary>
public static class HandleDoubts
{
    private const int MostTold = 8;

    /// <summary>Somebody who is not in the file and has the user name of somebody who is.</summary>
    public sealed record Namesake(UserId UserId, string Name, string Handle);

    private const string NamesakesSql =
        """
        SELECT user_id AS UserId,
               coalesce(nullif(btrim(nickname), ''), nullif(btrim(discord_username), ''), 'User ' || user_id) AS Name,
               discord_handle(discord_username) AS Handle
          FROM users
         WHERE discord_handle(discord_username) = ANY (@Handles)
           AND user_id <> ALL (@InFile)
           AND deleted_at IS NULL
         ORDER BY user_id
        """;

    public static async Task<IReadOnlyList<Namesake>> NamesakesAsync(
        NpgsqlTransaction transaction, IReadOnlyList<Change> changes, CancellationToken cancellation) =>
        (await transaction.Connection!.QueryAsync<Namesake>(new CommandDefinition(
            NamesakesSql,
            new
            {
                Handles = changes.Select(Of).OfType<DiscordUsername>().Select(h => h.Value).Distinct(StringComparer.Ordinal).ToArray(),
                InFile = changes.Where(c => c.Known is not null).Select(c => c.Known!.UserId.Value).ToArray(),
            },
            transaction,
            cancellationToken: cancellation))).AsList();

    public static IEnumerable<string> Doubts(IReadOnlyList<Change> changes, IReadOnlyList<Namesake> namesakes)
    {
        var impossible = changes
            .Where(c => c.Entry.DiscordUsername is not null)
            .Select(c => (c.Entry, Why: DiscordUsername.Of(c.Entry.DiscordUsername)?.Impossible))
            .Where(c => c.Why is not null)
            .Select(c => $"line {c.Entry.Line} ({BadRows.Show(c.Entry.Name)}): \"{BadRows.Show(c.Entry.DiscordUsername!)}\" {c.Why}")
            .ToList();
        if (impossible.Count > 0)
        {
            yield return $"{Counted.Of(impossible.Count, "discord_username", "discord_usernames")} that cannot be a Discord name, so nobody will be found by "
                + $"{(impossible.Count == 1 ? "it" : "them")}. Correct and import again: {Some(impossible)}.";
        }

        var numbers = changes
            .Where(c => c.Entry is { DiscordId: null, DiscordUsername: { Length: >= 17 and <= 20 } name } && name.All(char.IsAsciiDigit))
            .Select(c => $"line {c.Entry.Line} ({BadRows.Show(c.Entry.Name)})")
            .ToList();
        if (numbers.Count > 0)
        {
            yield return $"{Counted.Of(numbers.Count, "discord_username is a number", "discord_usernames are numbers")} as long as Discord's ids. "
                + $"If they are ids, name the column discord_id: {Some(numbers)}.";
        }

        var shared = changes
            .Select(c => (Handle: Of(c)?.Value, Who: $"line {c.Entry.Line} ({BadRows.Show(c.Entry.Name)})"))
            .Concat(namesakes.Select(n => (Handle: (string?)n.Handle, Who: $"user {n.UserId} ({BadRows.Show(n.Name)}), who is not in the file")))
            .Where(p => p.Handle is not null)
            .GroupBy(p => p.Handle!, p => p.Who, StringComparer.Ordinal)
            .Where(g => g.Skip(1).Any())
            .Select(g => $"\"{BadRows.Show(g.Key)}\": {string.Join(" and ", g.Take(MostTold))}")
            .ToList();
        if (shared.Count > 0)
        {
            yield return $"{Counted.Of(shared.Count, "discord_username is", "discord_usernames are")} given for several people, and whoever has the account gets the "
                + $"access of all of them: {Some(shared)}.";
        }
    }

    /// <summary>After the import: as the row says, else as it was.</summary>
    private static DiscordUsername? Of(Change change) => DiscordUsername.Of(change.Entry.DiscordUsername ?? change.Known?.DiscordUsername);

    private static string Some(IReadOnlyList<string> all) =>
        string.Join("; ", all.Take(MostTold)) + (all.Count > MostTold ? $"; and {all.Count - MostTold} more" : "");
}

using System.Globalization;
using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.ForgetUser;

/// <summary>Who is meant by a name, a user id, an e-mail address, a Discord id or a user name; whoever might be meant as well is told, not guessed.</summary>
public static class FindUser
{
    public sealed record Query(string Given) : IRequest<Outcome<Result>>;

    public sealed record Result(IReadOnlyList<Candidate> Candidates);

    public sealed record Candidate(UserId UserId, string Name, string? Email, string? DiscordId, string? Username, int Enrolments, int Groups)
    {
        public override string ToString() => string.Join(
            ", ", new[] { $"user {UserId}", Name, Email, DiscordId, Username, $"enrolments: {Enrolments}", $"groups: {Groups}" }.Where(t => !string.IsNullOrEmpty(t)));
    }

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<Result>>
    {
        private const int MostTold = 20;

        public async Task<Outcome<Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            var given = request.Given.Trim().Replace("\0", "", StringComparison.Ordinal);
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var people = (await connection.QueryAsync<Candidate>(new CommandDefinition(
                """
                SELECT user_id AS UserId,
                       coalesce(nullif(btrim(nickname), ''), nullif(btrim(discord_username), ''), 'User ' || user_id) AS Name,
                       email AS Email,
                       discord_id AS DiscordId,
                       discord_username AS Username,
                       (SELECT count(*)::int FROM courses_users WHERE courses_users.user_id = users.user_id) AS Enrolments,
                       (SELECT count(*)::int FROM groups_users WHERE groups_users.user_id = users.user_id) AS Groups
                  FROM users
                 WHERE user_id = @Id
                    OR discord_id = @Given
                    OR lower(btrim(email)) = lower(@Given)
                    OR lower(btrim(discord_username)) = lower(@Given)
                    OR discord_handle(discord_username) = nullif(discord_handle(@Given), '')
                    OR lower(nfc(btrim(nickname))) = lower(nfc(@Given))
                    OR lower(nfc(btrim(nickname))) = nfc(@Lower)
                    OR nfc(btrim(nickname)) = ANY (@Cased)
                 ORDER BY user_id
                 LIMIT @MostTold
                """,
                new
                {
                    Lower = given.ToLowerInvariant(),
                    // The database may fold the case of letters beyond ASCII or not: names as they are mostly written are found in any case.
                    Cased = new[] { given.ToLowerInvariant(), given.ToUpperInvariant(), CultureInfo.InvariantCulture.TextInfo.ToTitleCase(given.ToLowerInvariant()) },
                    Id = int.TryParse(given, out var id) ? id : (int?)null, Given = given,
                    MostTold,
                },
                cancellationToken: cancellationToken))).AsList();
            return new Result(people);
        }
    }
}

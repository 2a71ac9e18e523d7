using System.Text.Json;
using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What an earlier realization came to, for whoever asks for its details; nothing for the eyes of another guild.</summary>
public static class KeptRealization
{
    public sealed record Query(RunId Run, GuildId Guild) : IRequest<Outcome<RealizeGroups.Result>>;

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<RealizeGroups.Result>>
    {
        public async Task<Outcome<RealizeGroups.Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var json = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                """
                SELECT result::text
                  FROM runs
                  JOIN cohorts USING (cohort_id)
                 WHERE run_id = @Run
                   AND kind = 'realizing'
                   AND state = 'succeeded'
                   AND discord_guild_id = @Guild
                """,
                new { Run = request.Run.Value, Guild = request.Guild.ToString() },
                cancellationToken: cancellationToken));
            return json is null
                ? new Refusal("What this button belongs to is no longer there. Run /realize-groups again: it changes nothing that stands.")
                : JsonSerializer.Deserialize<Outcome<RealizeGroups.Result>>(json, CohortsJson.Options)
                    ?? throw new InvalidOperationException($"Run {request.Run} has kept an empty result.");
        }
    }
}

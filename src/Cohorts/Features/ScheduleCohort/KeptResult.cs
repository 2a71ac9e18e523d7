using System.Text.Json;
using Cohorts.Domain;
using Dapper;
using MediatR;
using Npgsql;

namespace Cohorts.Features.ScheduleCohort;

/// <summary>What an earlier run came to, for whoever turns its pages or shares it; nothing for the eyes of another guild.</summary>
public static class KeptResult
{
    public sealed record Query(RunId Run, GuildId Guild) : IRequest<Outcome<ScheduleCohort.Result>>;

    public sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<ScheduleCohort.Result>>
    {
        public async Task<Outcome<ScheduleCohort.Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var json = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                """
                SELECT result::text
                  FROM runs
                  JOIN cohorts USING (cohort_id)
                 WHERE run_id = @Run
                   AND kind = 'scheduling'
                   AND discord_guild_id = @Guild
                """,
                new { Run = request.Run.Value, Guild = request.Guild.ToString() },
                cancellationToken: cancellationToken));
            return json is null
                ? new Refusal("What this button belongs to is no longer there. Run /schedule again.")
                : JsonSerializer.Deserialize<Outcome<ScheduleCohort.Result>>(json, CohortsJson.Options)
                    ?? throw new InvalidOperationException($"Run {request.Run} has kept an empty result.");
        }
    }
}

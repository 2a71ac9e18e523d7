using Cohorts.Discord;
using Dapper;
using Npgsql;

namespace Cohorts.Bot;

/// <summary>The gateway's session in the database, so that the next process to hold the connection resumes where this one ended.</summary>
public sealed class GatewaySessions(NpgsqlDataSource database, Snowflake application) : IGatewaySessionStore
{
    public async Task<GatewaySession?> LoadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var row = await connection.QuerySingleOrDefaultAsync<(string SessionId, string ResumeUrl, long Sequence)?>(new CommandDefinition(
            "SELECT session_id, resume_url, sequence FROM gateway_sessions WHERE application_id = @Application",
            new { Application = application.ToString() },
            cancellationToken: cancellation));
        return row is var (id, url, sequence) ? new GatewaySession(id, new Uri(url), sequence) : null;
    }

    public async Task SaveAsync(GatewaySession session, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO gateway_sessions (application_id, session_id, resume_url, sequence)
            VALUES (@Application, @SessionId, @ResumeUrl, @Sequence)
            ON CONFLICT (application_id) DO UPDATE
               SET session_id = excluded.session_id,
                   resume_url = excluded.resume_url,
                   sequence = excluded.sequence,
                   updated_at = now()
            """,
            new { Application = application.ToString(), session.SessionId, ResumeUrl = session.ResumeUrl.ToString(), session.Sequence },
            cancellationToken: cancellation));
    }
}

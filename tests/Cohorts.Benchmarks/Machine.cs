using System.Globalization;
using System.Runtime.InteropServices;
using Dapper;
using Npgsql;

namespace Cohorts.Benchmarks;

/// <summary>What the figures were measured on; they mean nothing without it.</summary>
public static class Machine
{
    public static async Task<string> DescribeAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var counts = await connection.QuerySingleAsync<(string Server, long Cohorts, long Enrolments)>(new CommandDefinition(
            """
            SELECT current_setting('server_version'),
                   (SELECT count(*) FROM cohorts),
                   (SELECT count(*) FROM courses_users)
            """,
            cancellationToken: cancellation));
        return string.Create(CultureInfo.InvariantCulture,
            $"{counts.Cohorts:N0} cohorts, {counts.Enrolments:N0} enrolments; {Environment.ProcessorCount} cores, load {Load()}; "
            + $"{RuntimeInformation.FrameworkDescription}, PostgreSQL {counts.Server}\n");
    }

    /// <summary>Processes that want a core, over the last minute: above the number of cores, everything waits.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}

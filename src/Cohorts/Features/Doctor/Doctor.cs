using Cohorts.Domain;
using Cohorts.Hosting;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.Doctor;

public enum Health
{
    Good,

    /// <summary>Nothing is wrong, but somebody may expect it to be otherwise.</summary>
    Note,

    Bad,
}

/// <param name="Found">What is so, without secrets.</param>
/// <param name="ToDo">The one thing to do; null where there is nothing to.</param>
public sealed record Finding(string Check, Health Health, string Found, string? ToDo = null);

/// <summary>
/// Looks at what a server needs, one thing after another, and changes nothing; what cannot be looked at, because something before it is
/// wrong, is left out.
/// </summary>
public static class Doctor
{
    /// <summary>A server that is not there is told at once; the default would make somebody wait.</summary>
    private const int SecondsToConnect = 5;

    /// <summary>More names than somebody reads in a finding.</summary>
    private const int Told = 5;

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        IConfiguration configuration;
        try
        {
            configuration = Settings.Read();
        }
        catch (SettingException e)
        {
            return [new Finding("configuration", Health.Bad, e.Message, "Mend that setting.")];
        }

        var before = findings.Count;
        foreach (var read in new Action<IConfiguration>[]
        {
            c => Settings.ConnectionString(c),
            c => Settings.Port(c, "SiloPort", 1),
            c => Settings.Port(c, "GatewayPort", 1),
            c => SiloEndpoints.Addresses(c),
            c => Dashboard.Port(c),
            c => DiscordSettings.Read(c, "Host=nowhere"),
            c => Telemetry.Check(c),
        })
        {
            try
            {
                read(configuration);
            }
            catch (SettingException e)
            {
                findings.Add(new Finding("configuration", Health.Bad, e.Message, "Mend that setting."));
            }
        }

        if (findings.Count == before)
            findings.Add(new Finding("configuration", Health.Good, "Every setting can be read."));
        else
            return findings;
        findings.AddRange(SecretFiles.Examine(configuration));

        var guilds = await ExamineDatabaseAsync(configuration, findings, cancellation);
        findings.AddRange(await BotModule.ExamineAsync(DiscordSettings.Read(configuration, "Host=nowhere"), guilds, cancellation));
        return findings;
    }

    /// <returns>The guilds that the database knows.</returns>
    private static async Task<IReadOnlyList<string>> ExamineDatabaseAsync(IConfiguration configuration, List<Finding> findings, CancellationToken cancellation)
    {
        var own = Settings.ConnectionString(configuration) is null;
        try
        {
            await using var server = await CohortsDatabase.ReachAsync(configuration, cancellation);
            var patience = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Timeout = SecondsToConnect, Pooling = false };
            IReadOnlyList<string> pending;
            try
            {
                pending = await Migrations.PendingAsync(patience.ConnectionString, cancellation);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
            {
                findings.Add(new Finding("database", Health.Bad, "PostgreSQL answers; the database is not there yet.", "Run ./cohorts migrate"));
                return [];
            }

            await using var database = Database.Open(patience.ConnectionString);
            await using var connection = await database.OpenConnectionAsync(cancellation);
            findings.Add(new Finding(
                "database", Health.Good, $"PostgreSQL {connection.PostgreSqlVersion} answers ({(own ? "the private one" : "as configured")})."));
            if (!own && await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken: cancellation)))
            {
                findings.Add(new Finding(
                    "role", Health.Note, "The program works as a superuser of PostgreSQL, and needs no more than a database that it owns.",
                    "Make it a role of its own that owns the database, and name that in ConnectionStrings__Cohorts."));
            }

            if (pending.Count > 0)
            {
                findings.Add(new Finding("migrations", Health.Bad, $"{pending.Count} are still to run, the first is {pending[0]}.", "Run ./cohorts migrate"));
                return [];
            }

            findings.Add(new Finding("migrations", Health.Good, $"All {Migrations.Scripts.Count} have run."));
            await ExamineClusterAsync(patience.ConnectionString, database, connection, findings, cancellation);
            await ExamineOwnershipAsync(connection, findings, cancellation);
            return
            [
                .. await connection.QueryAsync<string>(new CommandDefinition(
                    """
                    SELECT discord_guild_id FROM cohorts WHERE discord_guild_id IS NOT NULL
                     UNION
                    SELECT guild_id FROM registered_commands
                     ORDER BY 1
                    """,
                    cancellationToken: cancellation)),
            ];
        }
        catch (PrivatePostgresException e)
        {
            findings.Add(new Finding("database", Health.Bad, e.Message, "Or set ConnectionStrings__Cohorts to a PostgreSQL of your own."));
        }
        catch (MigrationException e)
        {
            findings.Add(new Finding("migrations", Health.Bad, e.Message, "Run the version of Cohorts that migrated it, or a later one."));
        }
        catch (NpgsqlException e)
        {
            findings.Add(new Finding(
                "database", Health.Bad, $"It cannot be used: {e.Message.TrimEnd('.')}.", "Check that PostgreSQL runs, and ConnectionStrings__Cohorts."));
        }

        return [];
    }

    /// <summary>Cohorts that nobody sees in Discord.</summary>
    private static async Task ExamineOwnershipAsync(NpgsqlConnection connection, List<Finding> findings, CancellationToken cancellation)
    {
        var guilds = await BotGuild.ListAsync(connection, cancellation);
        if (guilds.Count < 2)
            return;
        var unowned = (await connection.QueryAsync<(int Id, string Name)>(new CommandDefinition(
            "SELECT cohort_id, coalesce(cohort_name, 'Cohort ' || cohort_id) FROM cohorts WHERE discord_guild_id IS NULL ORDER BY cohort_id",
            cancellationToken: cancellation))).AsList();
        if (unowned.Count == 0)
            return;
        var named = string.Join(", ", unowned.Take(Told).Select(c => $"{c.Name} (id {c.Id})")) + (unowned.Count > Told ? $" and {unowned.Count - Told} more" : "");
        findings.Add(new Finding(
            "cohorts",
            Health.Bad,
            $"The bot is in {guilds.Count} servers, and {(unowned.Count == 1 ? "1 cohort belongs" : $"{unowned.Count} cohorts belong")} to none, so no server sees {named}.",
            $"Give each to one of {string.Join(", ", guilds.Take(Told))}: ./cohorts assign {unowned[0].Id} --guild ID"));
    }

    private static async Task ExamineClusterAsync(
        string connectionString, NpgsqlDataSource database, NpgsqlConnection connection, List<Finding> findings, CancellationToken cancellation)
    {
        var name = await Cluster.NameAsync(database, cancellation);
        var (silos, reminders, cutOff, oldest) = await connection.QuerySingleAsync<(int Silos, int Reminders, int CutOff, Instant? Oldest)>(new CommandDefinition(
            """
            SELECT (SELECT count(*)::int FROM orleans_members WHERE deployment_id = @name AND status = 3 AND i_am_alive_time > now() - interval '30 seconds'),
                   (SELECT count(*)::int FROM orleans_reminders),
                   (SELECT count(*)::int FROM runs WHERE ended_at IS NULL AND lease_until < now() - interval '1 minute'),
                   (SELECT min(created_at) FROM interactions WHERE answered_at IS NULL)
            """,
            new { name },
            cancellationToken: cancellation));
        var certificates = await ClusterCertificates.ReadAsync(database, connectionString, TimeProvider.System, cancellation);
        var elsewhere = (await ClusterMembers.ReadAsync(database, name, cancellation))
            .FirstOrDefault(m => m is { IsActive: true, HasHeartbeat: true, IsOnLoopback: true } && !m.SharesLoopbackWith(HostIdentity.Current));
        findings.Add(
            certificates is not null && await Gateways.AnyAnswersAsync(database, name, certificates, cancellation)
                ? new Finding("cluster", Health.Good, $"Live silos: {silos}.")
            : elsewhere is not null
                ? new Finding(
                    "cluster",
                    Health.Bad,
                    $"A server runs on {elsewhere.HostName}, another machine or container, at {elsewhere.Endpoint}, where it cannot be reached from here.",
                    "Set Orleans__AdvertisedAddress there to an address at which this machine reaches it")
            : new Finding("cluster", Health.Note, "No server runs on this database.", "Start one: ./cohorts serve"));
        findings.Add(cutOff == 0
            ? new Finding("runs", Health.Good, $"None is stuck. Reminders: {reminders}.")
            : new Finding("runs", Health.Bad, $"{cutOff} were cut off more than a minute ago. Reminders: {reminders}.", "Start a server, which goes on with them: ./cohorts serve"));
        if (oldest is { } since && SystemClock.Instance.GetCurrentInstant() - since > Duration.FromMinutes(15))
            findings.Add(new Finding("interactions", Health.Bad, $"One waits for its answer since {since}.", "Look into the servers' logs."));
        findings.AddRange((await connection.QueryAsync<(string Process, string Trouble)>(new CommandDefinition(
            "SELECT process, trouble FROM bot_troubles WHERE valid_until > now() ORDER BY process", cancellationToken: cancellation)))
            .Select(t => new Finding("bot", Health.Bad, $"A server ({t.Process}) says: {t.Trouble}", "Do what it says; when that is mended, the server notices by itself.")));
    }
}

using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DbUp;
using DbUp.Engine;
using DbUp.Postgresql;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// One file of the folder <c>database/</c>, carried inside the program. Its name begins with its place in the order, and the
/// database remembers it by this name.
/// </summary>
public sealed record MigrationScript(string Name, string Sql);

/// <summary>Brings a database up to what this program needs, whether it is missing, empty, the original system's, or older.</summary>
public static partial class Migrations
{
    // "Cohorts" and a 1, as bytes: any number will do that nobody else locks in this database.
    private const long LockKey = 0x436F_686F_7274_7301;

    private static readonly Lazy<IReadOnlyList<MigrationScript>> Embedded = new(ReadEmbeddedScripts);

    /// <summary>The scripts in the order in which they run.</summary>
    public static IReadOnlyList<MigrationScript> Scripts => Embedded.Value;

    /// <summary>
    /// Creates the database if it is missing and runs the scripts that it has not seen, each in a transaction of its own.
    /// Safe to call from several processes at once: one runs the scripts, the others wait. With nothing to do it is one query.
    /// </summary>
    /// <returns>The names of the scripts that ran, in order; empty when there was nothing to do.</returns>
    /// <exception cref="MigrationException">
    /// A script failed, the database was migrated by a newer program, or it is missing and may not be created.
    /// </exception>
    /// <exception cref="NpgsqlException">The server cannot be reached or refuses the user.</exception>
    /// <exception cref="OperationCanceledException">
    /// While waiting for another process, or between two statements; the script that they belong to is rolled back.
    /// </exception>
    public static Task<IReadOnlyList<string>> MigrateAsync(
        string connectionString, ILogger logger, CancellationToken cancellationToken) =>
        MigrateAsync(connectionString, Scripts, logger, cancellationToken);

    /// <inheritdoc cref="MigrateAsync(string, ILogger, CancellationToken)"/>
    public static async Task<IReadOnlyList<string>> MigrateAsync(
        string connectionString,
        IReadOnlyList<MigrationScript> scripts,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<string> journal;
        try
        {
            journal = await ReadJournalAsync(connectionString, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await CreateDatabaseAsync(connectionString, logger, cancellationToken);
            journal = [];
        }

        if (Missing(connectionString, scripts, journal).Count == 0)
            return [];

        // Not pooled, so that the lock ends with the session; and with the rows that stand in a constraint's way named, since
        // whoever takes a database over has to find them.
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = 0,
            IncludeErrorDetail = true,
        }.ConnectionString;
        await using var turn = new NpgsqlConnection(unpooled);
        await turn.OpenAsync(cancellationToken);
        await LockAsync(turn, cancellationToken);

        var missing = Missing(connectionString, scripts, await ReadJournalAsync(unpooled, cancellationToken));
        return missing.Count == 0
            ? []
            : await Task.Run(() => Run(unpooled, scripts, logger, cancellationToken), cancellationToken);
    }

    private static List<MigrationScript> Missing(
        string connectionString, IReadOnlyList<MigrationScript> scripts, IReadOnlyList<string> journal)
    {
        var unknown = journal.Except(scripts.Select(script => script.Name), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new MigrationException(
                $"The database \"{DatabaseName(connectionString)}\" was last used by a newer version of this program: it knows " +
                $"{string.Join(", ", unknown)}, which this version does not. Start the newer version, or name another database in " +
                "ConnectionStrings__Cohorts.");
        }

        var seen = journal.ToHashSet(StringComparer.Ordinal);
        return scripts.Where(script => !seen.Contains(script.Name)).ToList();
    }

    /// <returns>The scripts that a database has not seen, in order; nothing is changed.</returns>
    /// <exception cref="MigrationException">The database was migrated by a newer program.</exception>
    public static async Task<IReadOnlyList<string>> PendingAsync(string connectionString, CancellationToken cancellationToken) =>
        [.. Missing(connectionString, Scripts, await ReadJournalAsync(connectionString, cancellationToken)).Select(s => s.Name)];

    private static async Task<IReadOnlyList<string>> ReadJournalAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var query = new NpgsqlCommand("SELECT scriptname FROM public.schemaversions", connection);
        try
        {
            var names = new List<string>();
            await using var rows = await query.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                names.Add(rows.GetString(0));
            return names;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return [];
        }
    }

    private static async Task CreateDatabaseAsync(string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        var name = DatabaseName(connectionString);
        var maintenance = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Database = "postgres",
            Pooling = false,
            CommandTimeout = 0,
        }.ConnectionString;
        try
        {
            await using var connection = new NpgsqlConnection(maintenance);
            await connection.OpenAsync(cancellationToken);
            await LockAsync(connection, cancellationToken);
            await using var exists = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname = $1", connection)
            {
                Parameters = { new NpgsqlParameter { Value = name } },
            };
            if ((long)(await exists.ExecuteScalarAsync(cancellationToken))! > 0)
                return;

            // template0: template1 may carry an encoding that cannot hold everybody's name.
#pragma warning disable CA2100 // A database's name cannot be a parameter; QuoteIdentifier makes it one.
            await using var create = new NpgsqlCommand(
                $"CREATE DATABASE {QuoteIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'", connection);
#pragma warning restore CA2100
            await create.ExecuteNonQueryAsync(cancellationToken);
            LogDatabaseCreated(logger, name);
        }
        catch (PostgresException error)
        {
            throw new MigrationException(
                $"The database \"{name}\" does not exist and could not be created: {error.MessageText} ({error.SqlState}). " +
                "Create it as a user who may, with: createdb --encoding=UTF8 --template=template0 " + name,
                error);
        }
    }

    /// <summary>Waits for as long as another process migrates; the lock ends with the connection.</summary>
    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var wait = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = LockKey } },
        };
        await wait.ExecuteNonQueryAsync(cancellationToken);
    }

    private static List<string> Run(
        string connectionString,
        IReadOnlyList<MigrationScript> scripts,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var database = DatabaseName(connectionString);
        var connections = new StatementByStatement(connectionString, cancellationToken);
        var result = DeployChanges.To
            .PostgresqlDatabase(connections)
            .JournalToPostgresqlTable("public", "schemaversions")
            .WithScripts(scripts.Select(script => new SqlScript(script.Name, script.Sql)).ToArray())
            .WithScriptNameComparer(StringComparer.Ordinal)
            .WithTransactionPerScript()
            // Otherwise $$ and $sql$ are taken for the start of a variable.
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();

        var ran = result.Scripts.Select(script => script.Name).ToList();
        foreach (var name in ran)
            LogScriptRan(logger, database, name);

        if (result.Successful)
            return ran;
        if (result.Error is OperationCanceledException)
            throw new OperationCanceledException("Stopped while bringing the database up to date.", result.Error, cancellationToken);

        var failed = result.ErrorScript;
        throw new MigrationException(
            $"The database \"{database}\" could not be brought up to date. " +
            $"{Describe(failed, connections.Offset, result.Error)} " +
            "Nothing of this script was kept; those before it were.",
            result.Error)
        {
            ScriptName = failed?.Name,
        };
    }

    private static string Describe(SqlScript? script, int statementOffset, Exception error)
    {
        if (script is null)
            return error.Message;
        if (error is not PostgresException refusal)
            return $"{script.Name}: {error.Message}";

        // The server counts characters from 1 at the start of the statement, and says 0 where it means all of it.
        var place = Math.Min(statementOffset + Math.Max(refusal.Position - 1, 0), script.Contents.Length);
        var line = 1 + script.Contents.AsSpan(0, place).Count('\n');
        var said = new StringBuilder($"{script.Name}, line {line}: {refusal.MessageText} ({refusal.SqlState}).");
        if (!string.IsNullOrEmpty(refusal.Detail))
            said.Append($" {refusal.Detail}");
        if (!string.IsNullOrEmpty(refusal.Where))
            said.Append($" In: {refusal.Where.ReplaceLineEndings("; ")}.");
        return said.ToString();
    }

    private static List<MigrationScript> ReadEmbeddedScripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => char.IsAsciiDigit(name[0]) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                // The same text, and so the same fingerprint, from a checkout with other line ends.
                return new MigrationScript(name, reader.ReadToEnd().ReplaceLineEndings("\n"));
            })
            .ToList();
    }

    private static string DatabaseName(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return parts.Database ?? parts.Username ?? "";
    }

    private static string QuoteIdentifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [LoggerMessage(Level = LogLevel.Information, Message = "Created the database {Database}")]
    private static partial void LogDatabaseCreated(ILogger logger, string database);

    [LoggerMessage(Level = LogLevel.Information, Message = "Database {Database}: ran {Script}")]
    private static partial void LogScriptRan(ILogger logger, string database, string script);

    /// <summary>
    /// Gives DbUp one statement after the other, so that it is known where an error arose and that a script can be left
    /// (and is rolled back) between two of them.
    /// </summary>
    private sealed partial class StatementByStatement(string connectionString, CancellationToken cancellationToken)
        : PostgresqlConnectionManager(connectionString)
    {
        /// <summary>Characters before the statement that was handed out last, in the script that it comes from.</summary>
        public int Offset { get; private set; }

        public override IEnumerable<string> SplitScriptIntoCommands(string scriptContents)
        {
            foreach (Match match in Statement().Matches(scriptContents))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Offset = match.Groups["statement"].Index;
                yield return match.Groups["statement"].Value;
            }
        }

        // A statement begins after blanks and comments and ends at a semicolon that stands in no text, body, name or comment.
        [GeneratedRegex(
            """
            \G (?> (?: \s | -- [^\n]* | /\* .*? \*/ | ; )* )
            (?<statement> (?>
                (?: -- [^\n]* | /\* .*? \*/ | ' [^']* ' | " [^"]* " | \$ (?<tag> \w* ) \$ .*? \$ \k<tag> \$ | [^;] )+ ) )
            """,
            RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace
                | RegexOptions.CultureInvariant,
            matchTimeoutMilliseconds: 10_000)]
        private static partial Regex Statement();
    }
}

/// <summary>A database that this program cannot use as it stands; the message says which, why, and what to do.</summary>
public sealed class MigrationException : Exception
{
    public MigrationException()
    {
    }

    public MigrationException(string message)
        : base(message)
    {
    }

    public MigrationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The script that failed; null where the reason lies elsewhere.</summary>
    public string? ScriptName { get; init; }
}

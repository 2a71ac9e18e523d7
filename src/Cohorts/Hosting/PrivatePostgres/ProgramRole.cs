namespace Cohorts.Hosting;

/// <summary>
/// The role as which the program works in the private server: it makes and owns databases and is no superuser, so that a statement
/// that somebody slips in reads no files and starts no programs. The superuser <c>postgres</c> has no password, so nobody logs in as it;
/// what needs it is done in single-user mode while no server runs.
/// </summary>
internal sealed class ProgramRole(DataFolder folder, ServerAccount account, PostgresPrograms programs)
{
    public const string Name = "cohorts";

    /// <summary>The role that <c>initdb</c> makes.</summary>
    public const string Superuser = "postgres";

    /// <summary>
    /// Earlier versions made the program's role the superuser. Its name goes to the superuser that it is (object id 10 is initdb's role in
    /// every cluster; a role cannot rename itself, hence the catalog), and a role without its rights takes over name and password. The
    /// role may read with which settings the server runs, and end processes that are no superuser's: a database in which autovacuum is at
    /// work could not be dropped otherwise.
    /// </summary>
    private const string Make =
        $"""
        UPDATE pg_authid SET rolname = '{Superuser}' WHERE oid = 10 AND rolname = '{Name}'
        DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{Name}') THEN CREATE ROLE {Name}; END IF; END $$
        GRANT pg_read_all_settings, pg_signal_backend TO {Name}
        ALTER ROLE {Superuser} PASSWORD NULL
        DO $$ DECLARE d name; BEGIN FOR d IN SELECT datname FROM pg_database WHERE NOT datistemplate LOOP EXECUTE format('ALTER DATABASE %I OWNER TO {Name}', d); END LOOP; END $$

        """;

    /// <summary>
    /// Gives the role everything in one database that initdb's role owns and PostgreSQL did not make itself (object ids from 16384 on).
    /// Sequences of a column and row types go with their table.
    /// </summary>
    private static readonly string TakeOver = string.Join(
        ' ',
        $$"""
        DO $$ DECLARE s text; BEGIN FOR s IN
          SELECT format('ALTER SCHEMA %I OWNER TO {{Name}}', nspname) FROM pg_namespace WHERE nspowner = 10 AND (oid >= 16384 OR nspname = 'public')
          UNION ALL
          SELECT format('ALTER %s %s OWNER TO {{Name}}', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
            FROM pg_class AS c WHERE relowner = 10 AND oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'S')
             AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i', 'e'))
          UNION ALL
          SELECT format('ALTER TYPE %s OWNER TO {{Name}}', t.oid::regtype)
            FROM pg_type AS t WHERE typowner = 10 AND oid >= 16384 AND (typtype IN ('e', 'd', 'r') OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
             AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
          UNION ALL
          SELECT format('ALTER ROUTINE %s OWNER TO {{Name}}', p.oid::regprocedure)
            FROM pg_proc AS p WHERE proowner = 10 AND oid >= 16384
             AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
        LOOP EXECUTE s; END LOOP; END $$
        """.Split('\n', StringSplitOptions.TrimEntries));

    /// <summary>A file that PostgreSQL does not know, in a cluster whose role is as it is described here; it goes with every copy.</summary>
    private const string Marker = "cohorts_role";

    /// <summary>Makes the role in a cluster that <c>initdb</c> has just made.</summary>
    /// <param name="cluster">The cluster's folder, perhaps not in its place yet.</param>
    /// <param name="password">Hexadecimal digits.</param>
    /// <param name="cancellationToken">Ends PostgreSQL and leaves a cluster to be removed.</param>
    public async Task MakeAsync(string cluster, string password, CancellationToken cancellationToken)
    {
        await RunAsync(cluster, "postgres", Make, cancellationToken);
        await SetPasswordAsync(cluster, password, cancellationToken);
        await MarkAsync(cluster, cancellationToken);
    }

    /// <summary>
    /// Takes superuser's rights from the role in a cluster that an earlier version made; nothing where that is done. No server may run.
    /// It can be cut off at any point and called again.
    /// </summary>
    public async Task EnsureAsync(string password, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(folder.Database, Marker)))
            return;
        progress?.Report($"Taking superuser's rights from the role {Name} in {folder.Path}");
        await RunAsync(folder.Database, "postgres", Make, cancellationToken);
        var listed = await RunAsync(folder.Database, "postgres", "SELECT 'database ' || quote_ident(datname) AS d FROM pg_database WHERE NOT datistemplate\n", cancellationToken);
        foreach (var database in DatabasesIn(listed.Output))
            await RunAsync(folder.Database, database, TakeOver + "\n", cancellationToken);
        await SetPasswordAsync(folder.Database, password, cancellationToken);
        await MarkAsync(folder.Database, cancellationToken);
    }

    public Task SetPasswordAsync(string cluster, string password, CancellationToken cancellationToken) =>
        RunAsync(cluster, "postgres", $"ALTER ROLE {Name} LOGIN CREATEDB PASSWORD '{password}'\n", cancellationToken);

    private async Task MarkAsync(string cluster, CancellationToken cancellationToken)
    {
        var file = Path.Combine(cluster, Marker);
        await File.WriteAllTextAsync(file, Name + "\n", cancellationToken);
        await account.OwnAsync(file, cancellationToken);
    }

    /// <summary>Single-user mode prints a row as <c>1: d = "database cohorts" (typeid = …)</c>.</summary>
    private static IEnumerable<string> DatabasesIn(string output)
    {
        const string before = " = \"database ";
        foreach (var line in output.Split('\n'))
        {
            var begin = line.IndexOf(before, StringComparison.Ordinal);
            var end = line.LastIndexOf("\"\t(typeid", StringComparison.Ordinal);
            if (begin < 0 || end < begin)
                continue;
            var name = line[(begin + before.Length)..end];
            yield return name.StartsWith('"') ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;
        }
    }

    /// <summary>A statement a line; single-user mode ends with 0 also where one fails, and tells that on standard error.</summary>
    private async Task<SystemCommand> RunAsync(string cluster, string database, string statements, CancellationToken cancellationToken)
    {
        var done = await account.RunAsync(cluster, [programs["postgres"], "--single", "-D", ".", database], cancellationToken, statements);
        return done.Succeeded && !done.Errors.Contains("ERROR", StringComparison.Ordinal)
            ? done
            : throw new PrivatePostgresException(
                $"PostgreSQL ({programs.Folder}) could not prepare the role {Name} in {folder.Path}: {done.Complaint} See {folder.ServerLog}.");
    }
}

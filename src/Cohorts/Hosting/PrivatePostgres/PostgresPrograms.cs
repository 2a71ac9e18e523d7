using System.Globalization;

namespace Cohorts.Hosting;

/// <summary>A folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one version.</summary>
internal sealed record PostgresPrograms(string Folder, int Major)
{
    /// <summary>The oldest version with everything the migrations use; older ones are no longer maintained either.</summary>
    private const int OldestMajor = 13;

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    public string this[string program] => Path.Combine(Folder, FileName(program));

    /// <summary>
    /// The programs that made <paramref name="database"/>, or, when it is not there yet, the first that serve: on the PATH, in the
    /// usual places of this system (newest first), in <paramref name="fetched"/>. Null when there are none at all.
    /// </summary>
    /// <exception cref="PrivatePostgresException">There are some, but none that serve.</exception>
    public static async Task<PostgresPrograms?> FindAsync(
        string database, IReadOnlyList<string> fetched, ServerAccount account, CancellationToken cancellationToken)
    {
        int? madeBy = null;
        var versionFile = Path.Combine(database, "PG_VERSION");
        if (File.Exists(versionFile))
            madeBy = MajorOf("postgres (PostgreSQL) " + await File.ReadAllTextAsync(versionFile, cancellationToken));

        var others = new List<string>();
        foreach (var folder in Candidates(fetched))
        {
            var version = await account.RunAsync(folder, [Path.Combine(folder, FileName("postgres")), "--version"], cancellationToken);
            if (!version.Succeeded)
                others.Add($"{folder} ({version.Complaint})");
            else if (MajorOf(version.Output) is { } major && (madeBy is null ? major >= OldestMajor : major == madeBy))
                return new PostgresPrograms(folder, major);
            else
                others.Add($"{version.Output.Trim()} in {folder}");
        }

        return (others, madeBy) switch
        {
            ([], null or PostgresFetch.Major) => null,
            ([], _) => throw new PrivatePostgresException(
                $"The database in {database} was made by PostgreSQL {madeBy}, which is not installed any more: install it again."),
            (_, null) => throw new PrivatePostgresException(
                $"PostgreSQL {OldestMajor} or later is needed, and here is {string.Join(", ", others)}; "
                + $"this command installs it: {InstallCommand.ForThisSystem()}"),
            _ => throw new PrivatePostgresException(
                $"The database in {database} was made by PostgreSQL {madeBy}, and here is only {string.Join(", ", others)}: "
                + $"install PostgreSQL {madeBy} beside it."),
        };
    }

    private static int? MajorOf(string version)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        var number = version.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(2) ?? "";
        var digits = number.TakeWhile(char.IsAsciiDigit).ToArray();
        return digits.Length is > 0 and < 4 ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
    }

    private static IEnumerable<string> Candidates(IEnumerable<string> fetched)
    {
        // A link in the PATH to initdb alone is not enough: the folder behind it has the rest.
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, FileName("initdb")))
            .Where(File.Exists)
            .Select(initdb => Path.GetDirectoryName(new FileInfo(initdb).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? initdb)!);
        string[] usual = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin")]
            : OperatingSystem.IsMacOS()
                ?
                [
                    "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
                    "/Applications/Postgres.app/Contents/Versions/*/bin", "/opt/local/lib/postgresql*/bin", "/Library/PostgreSQL/*/bin",
                ]
                :
                [
                    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin", "/usr/libexec/postgresql*",
                    "/usr/local/pgsql/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
                ];
        return onPath
            .Concat(usual.SelectMany(Matches))
            .Concat(fetched.SelectMany(PostgresFetch.Places))
            .Where(folder => Needed.All(program => File.Exists(Path.Combine(folder, FileName(program)))))
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>The folders that fit a path with one <c>*</c> in it, the highest version first.</summary>
    private static IEnumerable<string> Matches(string pattern)
    {
        var parts = pattern.Split(['/', '\\']);
        var wild = Array.FindIndex(parts, p => p.Contains('*', StringComparison.Ordinal));
        if (wild < 0)
            return Directory.Exists(pattern) ? [pattern] : [];
        var parent = string.Join(Path.DirectorySeparatorChar, parts[..wild]);
        if (!Directory.Exists(parent))
            return [];
        return Directory.EnumerateDirectories(parent, parts[wild])
            .OrderByDescending(VersionIn)
            .Select(found => Path.Combine([found, .. parts[(wild + 1)..]]))
            .Where(Directory.Exists);
    }

    private static Version VersionIn(string path)
    {
        var digits = new string([.. Path.GetFileName(path).SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0", out var version) ? version : new Version(0, 0);
    }

    private static string FileName(string program) => OperatingSystem.IsWindows() ? program + ".exe" : program;
}

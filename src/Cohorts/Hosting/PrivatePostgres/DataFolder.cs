namespace Cohorts.Hosting;

/// <summary>The folder in which the private server keeps its databases, and what lies where in it.</summary>
public sealed record DataFolder
{
    private DataFolder(string path) => Path = path;

    public string Path { get; private init; }

    /// <summary>PostgreSQL's own data directory. It comes into being by a rename, so it is complete or not there.</summary>
    internal string Database => In("postgres");

    /// <summary>The generated password of the role <c>cohorts</c>, readable by its owner only.</summary>
    internal string Password => In("password");

    /// <summary>The port of the last start; taken again where it is free, so that a pool of connections outlives a crash.</summary>
    internal string Port => In("port");

    internal string ServerLog => In("server.log");

    /// <summary>Held exclusively while a process starts the server or joins it.</summary>
    internal string StartLock => In("start.lock");

    /// <summary>Held shared by every process that uses the server, as long as it does.</summary>
    internal string UsersLock => In("users.lock");

    /// <summary>Held exclusively by the living watchdog.</summary>
    internal string WatchdogLock => In("watchdog.lock");

    internal string Watchdog => In("watchdog");

    internal string WatchdogLog => In("watchdog.log");

    /// <summary>Server programs that were fetched because the machine has none.</summary>
    internal string Programs => In("programs");

    /// <summary>
    /// The folder that is configured as <c>COHORTS_DATA</c>; without it <c>/var/lib/cohorts</c> for root (its home cannot be
    /// entered by the server's user), else <c>cohorts</c> under the user's local application data.
    /// </summary>
    /// <exception cref="PrivatePostgresException">Nothing is configured and the user has no home.</exception>
    public static DataFolder Locate(string? configured) =>
        !string.IsNullOrWhiteSpace(configured)
            ? new DataFolder(System.IO.Path.GetFullPath(configured))
            : TryLocateDefault() ?? throw new PrivatePostgresException(
                "This user has no home folder to keep the database in: set COHORTS_DATA to a folder that it may write to.");

    internal static DataFolder? TryLocateDefault()
    {
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            return new DataFolder("/var/lib/cohorts");
        var local = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return local.Length > 0 ? new DataFolder(System.IO.Path.Combine(local, "cohorts")) : null;
    }

    /// <summary>The same folder by its path without symbolic links, as the server itself names it.</summary>
    internal DataFolder At(string realPath) => this with { Path = realPath };

    internal string In(string name) => System.IO.Path.Combine(Path, name);
}

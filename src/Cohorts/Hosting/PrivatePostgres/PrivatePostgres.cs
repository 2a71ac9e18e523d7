namespace Cohorts.Hosting;

/// <summary>
/// This process's share in the private PostgreSQL server of a data folder. All processes that use the folder share one server;
/// it is stopped a few seconds after the last of them let go or ended, however it ended, and never before.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    /// <summary>Shares that are not let go yet; a forgotten one must not be collected, or the server would stop under its user.</summary>
    private static readonly HashSet<PrivatePostgres> Held = [];

    private readonly FileStream _use;
    private readonly Watchdog _watchdog;
    private readonly string _password;
    private readonly DataFolder _folder;

    private PrivatePostgres(DataFolder folder, FileStream use, Watchdog watchdog, int port, string password, bool started)
    {
        _folder = folder;
        _use = use;
        _watchdog = watchdog;
        _password = password;
        Port = port;
        Started = started;
        lock (Held)
            Held.Add(this);
    }

    /// <summary>On 127.0.0.1. A server that was killed and started again keeps it where it can.</summary>
    public int Port { get; }

    /// <summary>True when this call started the server, false when it was running.</summary>
    public bool Started { get; }

    /// <summary>
    /// Joins the folder's running server, or starts it (about 0.5 s), or makes it first (about 2 s). Where PostgreSQL is not installed
    /// it is fetched, which takes a minute.
    /// </summary>
    /// <param name="data">Where the databases lie; made where it is missing.</param>
    /// <param name="progress">Hears of what takes longer than a moment.</param>
    /// <param name="cancellationToken">Gives up; what was begun is undone or left for the next call.</param>
    /// <exception cref="PrivatePostgresException">No server can be had; the message says why and what to do.</exception>
    public static async Task<PrivatePostgres> StartOrJoinAsync(
        DataFolder data, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var account = await ServerAccount.ChooseAsync(cancellationToken);
            var folder = await account.EnterAsync(data, cancellationToken);
            using var starting = await FolderLock.WaitAsync(
                () => FolderLock.TryHoldAlone(folder.StartLock), StartLimit, cancellationToken)
                ?? throw new PrivatePostgresException(
                    $"Another process has been starting the database server in {folder.Path} for {StartLimit.TotalMinutes:0} minutes: "
                    + "end it, then try again.");
            using (var again = FolderLock.TryHoldAlone(folder.StartLock))
            {
                if (again is not null)
                {
                    throw new PrivatePostgresException(
                        $"Locks between processes do not work in {folder.Path}: set COHORTS_DATA to a folder on a local disk.");
                }
            }

            var use = await FolderLock.WaitAsync(() => FolderLock.TryShare(folder.UsersLock), StartLimit, cancellationToken)
                ?? throw new PrivatePostgresException(
                    $"The database server in {folder.Path} has been stopping for {StartLimit.TotalMinutes:0} minutes: "
                    + $"see {folder.ServerLog}, then try again.");
            try
            {
                return await StartOrJoinAsync(folder, account, use, progress, cancellationToken);
            }
            catch
            {
                await use.DisposeAsync();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PrivatePostgresException(
                $"The data folder {data.Path} cannot be used ({e.Message}): set COHORTS_DATA to a folder with room that this user may write to.",
                e);
        }
    }

    /// <summary>False where it has ended, by a crash or on a full disk. Also true while it starts or recovers.</summary>
    public bool IsRunning => Postmaster.Read(_folder) is { IsAlive: true };

    /// <summary>Reaches a database of this server; it need not exist yet.</summary>
    public string ConnectionString(string database) => DatabaseServer.ConnectionString(Port, _password, database);

    public void Dispose()
    {
        lock (Held)
        {
            if (!Held.Remove(this))
                return;
        }

        try
        {
            _watchdog.Ensure();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or full; the server then ends by itself or is joined by the next use.
        }

        _use.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<PrivatePostgres> StartOrJoinAsync(
        DataFolder folder, ServerAccount account, FileStream use, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var programs = await FindOrFetchAsync(folder, account, progress, cancellationToken);
        var server = new DatabaseServer(folder, account, programs);
        var password = await server.PasswordAsync(cancellationToken);
        if (!File.Exists(Path.Combine(folder.Database, "PG_VERSION")))
        {
            progress?.Report($"Making a database in {folder.Path}");
            await server.MakeAsync(password, cancellationToken);
        }

        // Before the server, so that it never runs unwatched, not even when this process is killed while it starts.
        var watchdog = new Watchdog(folder, server.StopCommand);
        await watchdog.EnsureAsync(cancellationToken);

        var port = await server.JoinAsync(password, cancellationToken);
        var started = port is null;
        if (started)
        {
            await server.StartAsync(password, progress, cancellationToken);
            port = await server.JoinAsync(password, cancellationToken);
        }

        return new PrivatePostgres(
            folder, use, watchdog, port ?? throw new PrivatePostgresException($"The database server in {folder.Path} ended at once: see {folder.ServerLog}."),
            password, started);
    }

    private static async Task<PostgresPrograms> FindOrFetchAsync(
        DataFolder folder, ServerAccount account, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        // What was fetched for the default folder serves every other one too.
        string[] fetched = DataFolder.TryLocateDefault() is { } usual ? [folder.Programs, usual.Programs] : [folder.Programs];
        if (await PostgresPrograms.FindAsync(folder.Database, fetched, account, cancellationToken) is { } found)
            return found;
        await PostgresFetch.TryAsync(folder.Programs, folder.FetchLog, progress, cancellationToken);
        return await PostgresPrograms.FindAsync(folder.Database, fetched, account, cancellationToken)
            ?? throw new PrivatePostgresException(
                $"PostgreSQL is not installed and could not be fetched ({folder.FetchLog} says why); this command installs it: {InstallCommand.ForThisSystem()}");
    }
}

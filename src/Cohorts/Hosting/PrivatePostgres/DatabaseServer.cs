using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>
/// The server in one data folder. Only called by who holds the folder's start lock, so that at most one process makes or starts it.
/// </summary>
internal sealed class DatabaseServer(DataFolder folder, ServerAccount account, PostgresPrograms programs)
{
    private readonly ProgramRole _role = new(folder, account, programs);

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(2);

    /// <summary>Stops the server, with its clients cut off; to be run by the watchdog.</summary>
    public IReadOnlyList<string> StopCommand => account.Command(
        programs["pg_ctl"], "stop", "-D", folder.Database, "-m", "fast", "-w", "-t", "60", "-s");

    /// <summary>Loopback, the role and its password; nothing but SCRAM, so that no other program on that port learns it.</summary>
    public static string ConnectionString(int port, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = ProgramRole.Name,
        Password = password,
        Database = database,
        RequireAuth = "ScramSHA256",
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        ApplicationName = "cohorts",
    }.ConnectionString;

    /// <summary>The generated password; made, and set in a database that is already there, when it is missing.</summary>
    public async Task<string> PasswordAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(folder.Password) && (await File.ReadAllTextAsync(folder.Password, cancellationToken)).Trim() is { Length: > 0 } known)
            return known;

        // As a backup that holds the databases alone leaves it.
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        if (Directory.Exists(folder.Database))
        {
            if (Postmaster.Read(folder) is { IsAlive: true })
            {
                throw new PrivatePostgresException(
                    $"The password of the running database server is missing from {folder.Path}: "
                    + "end every other cohorts program that uses this folder, then try again.");
            }

            await _role.SetPasswordAsync(folder.Database, made, cancellationToken);
        }

        await WriteOwnAsync(folder.Password, made, cancellationToken);
        return made;
    }

    /// <summary>Makes the empty database cluster beside its place and moves it there complete. Removes what earlier attempts left.</summary>
    /// <param name="password">Of the program's role.</param>
    /// <param name="cancellationToken">Ends it; what was begun is removed.</param>
    public async Task MakeAsync(string password, CancellationToken cancellationToken)
    {
        foreach (var left in Directory.EnumerateDirectories(folder.Path, "postgres.making-*"))
            RemoveHalf(left);
        if (Directory.Exists(folder.Database))
        {
            if (Directory.EnumerateFileSystemEntries(folder.Database).Any())
                throw new PrivatePostgresException($"{folder.Database} holds something that is no PostgreSQL database: move it to another place.");
            Directory.Delete(folder.Database);
        }

        var making = folder.In("postgres.making-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(making);
        try
        {
            await account.OwnAsync(making, cancellationToken);
            // Relative paths: initdb hands some of them to a shell, which a quote in the folder's name would upset.
            var made = await account.RunAsync(
                folder.Path,
                [
                    programs["initdb"], "-D", Path.GetFileName(making), "-U", ProgramRole.Superuser, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256",
                    "--pwfile=" + Path.GetFileName(folder.Password),
                ],
                cancellationToken);
            if (!made.Succeeded)
                throw Failed("make its database", made.Complaint);
            await _role.MakeAsync(making, password, cancellationToken);
            Directory.Move(making, folder.Database);
        }
        finally
        {
            if (Directory.Exists(making))
                RemoveHalf(making);
        }
    }

    /// <summary>The port of the running server, once it takes this password; null when none is running.</summary>
    public async Task<int?> JoinAsync(string password, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (Postmaster.Read(folder) is { } postmaster)
        {
            if (!postmaster.IsAlive)
            {
                postmaster.ForgetIfItsNumberIsTaken();
                return null;
            }

            if (postmaster.Port is { } port && await AnswersAsync(port, password, cancellationToken))
                return port;
            if (waited.Elapsed > ReadyLimit)
            {
                throw new PrivatePostgresException(
                    $"The database server in {folder.Path} (process {postmaster.ProcessId}) has not answered for "
                    + $"{waited.Elapsed.TotalSeconds:0} s; {folder.ServerLog} says what it is doing: try again when it is done.");
            }

            await Task.Delay(100, cancellationToken);
        }

        return null;
    }

    /// <summary>Starts the server on the port it had before, or on a free one.</summary>
    /// <param name="password">Of the program's role.</param>
    /// <param name="progress">Hears of what is done only once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartAsync(string password, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await _role.EnsureAsync(password, progress, cancellationToken);
        if (new FileInfo(folder.ServerLog) is { Exists: true, Length: > 10_000_000 })
            File.Move(folder.ServerLog, folder.ServerLog + ".1", overwrite: true);
        if (!File.Exists(folder.ServerLog))
            await WriteOwnAsync(folder.ServerLog, "", cancellationToken);

        int? earlier = File.Exists(folder.Port) && int.TryParse(
            await File.ReadAllTextAsync(folder.Port, cancellationToken), CultureInfo.InvariantCulture, out var kept) ? kept : null;
        for (var attempt = 1; ; attempt++)
        {
            var port = attempt == 1 && earlier is { } before ? before : FreePort();
            var logged = new FileInfo(folder.ServerLog).Length;
            // In a session of its own (pg_ctl sees to that), so that Ctrl-C in the terminal does not reach it. Relative paths:
            // pg_ctl starts the server through a shell.
            var started = await account.RunAsync(
                folder.Database,
                [
                    programs["pg_ctl"], "start", "-D", ".", "-l", Path.Combine("..", Path.GetFileName(folder.ServerLog)), "-w", "-s",
                    "-t", ReadyLimit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
                    "-o", $"-p {port} -h 127.0.0.1 -c unix_socket_directories= -c max_connections=200",
                ],
                cancellationToken);
            if (started.Succeeded)
            {
                await File.WriteAllTextAsync(folder.Port, port.ToString(CultureInfo.InvariantCulture), cancellationToken);
                return;
            }

            var log = await LoggedSinceAsync(logged, cancellationToken);
            var worthAnotherAttempt = log.Contains("could not bind", StringComparison.Ordinal)
                // Children of a server that was killed let go of its shared memory within moments.
                || log.Contains("pre-existing shared memory block", StringComparison.Ordinal);
            if (attempt == 5 || !worthAnotherAttempt)
            {
                var fatal = log.Split('\n').LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal)
                    || line.Contains("PANIC", StringComparison.Ordinal));
                throw Failed("start", fatal is null ? started.Complaint : fatal[fatal.IndexOf(":  ", StringComparison.Ordinal)..].Trim(' ', ':') + ".");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), cancellationToken);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void RemoveHalf(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (IOException)
        {
            // An initdb whose starter was killed is still writing there; the next start removes it.
        }
    }

    private async Task<bool> AnswersAsync(int port, string password, CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(ConnectionString(port, password, "postgres")) { Pooling = false, Timeout = 5 };
        await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new PrivatePostgresException(
                $"The database server in {folder.Path} does not take the password in {folder.Password}: "
                + "end every cohorts program that uses this folder, delete that file, then try again.", e);
        }
        catch (PostgresException e)
        {
            // Still starting or already stopping; any other refusal comes from a server that lives, too many clients for one.
            return e.SqlState is not PostgresErrorCodes.CannotConnectNow;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task<string> LoggedSinceAsync(long position, CancellationToken cancellationToken)
    {
        await using var log = new FileStream(folder.ServerLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = Math.Min(position, log.Length);
        using var reader = new StreamReader(log);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    /// <summary>Writes a file that only the server's user may read; it is never there with part of its content.</summary>
    private async Task WriteOwnAsync(string path, string content, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var writing = path + ".writing";
        File.Delete(writing);
        await using (var writer = new StreamWriter(new FileStream(writing, options)))
            await writer.WriteAsync(content.AsMemory(), cancellationToken);
        await account.OwnAsync(writing, cancellationToken);
        File.Move(writing, path, overwrite: true);
    }

    private PrivatePostgresException Failed(string what, string complaint) =>
        new($"PostgreSQL ({programs.Folder}) could not {what} in {folder.Path}: {complaint} The whole story is in {folder.ServerLog}.");
}

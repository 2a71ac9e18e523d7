namespace Cohorts.Hosting;

/// <summary>
/// The user as whom the server's programs run. PostgreSQL refuses to run as root, so for root it is <c>postgres</c>, or
/// <c>nobody</c> where there is no such account; for anybody else it is they themselves.
/// </summary>
internal sealed class ServerAccount
{
    private readonly string? _name;
    private readonly string _owner;
    private readonly string[] _prefix;

    private ServerAccount(string? name, string owner, string[] prefix)
    {
        _name = name;
        _owner = owner;
        _prefix = prefix;
    }

    public static async Task<ServerAccount> ChooseAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return new ServerAccount(null, "", []);

        foreach (var name in new[] { "postgres", "nobody" })
        {
            var user = await SystemCommand.RunAsync("/", ["id", "-u", name], "", cancellationToken);
            var group = await SystemCommand.RunAsync("/", ["id", "-g", name], "", cancellationToken);
            if (!user.Succeeded || !group.Succeeded)
                continue;
            var (uid, gid) = (user.Output.Trim(), group.Output.Trim());
            foreach (var prefix in new string[][]
            {
                ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--clear-groups", "--"],
                ["runuser", "-u", name, "--"],
                ["sudo", "-n", "-u", name, "--"],
            })
            {
                if ((await SystemCommand.RunAsync("/", [.. prefix, "true"], "", cancellationToken)).Succeeded)
                    return new ServerAccount(name, $"{uid}:{gid}", prefix);
            }
        }

        throw new PrivatePostgresException(
            "PostgreSQL does not run as root, and no program here (setpriv, runuser, sudo) can run it as the user postgres or "
            + "nobody: start cohorts as an ordinary user.");
    }

    public IReadOnlyList<string> Command(params IReadOnlyList<string> command) => [.. _prefix, .. command];

    public Task<SystemCommand> RunAsync(
        string folder, IReadOnlyList<string> command, CancellationToken cancellationToken, string input = "") =>
        SystemCommand.RunAsync(folder, Command(command), input, cancellationToken);

    /// <summary>Makes a file or an empty folder that root created the server's own.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (_name is null)
            return;
        var chown = await SystemCommand.RunAsync("/", ["chown", "-h", _owner, path], "", cancellationToken);
        if (!chown.Succeeded)
        {
            throw new PrivatePostgresException(
                $"{path} cannot be given to the user {_name}, as whom the database server runs ({chown.Complaint}): "
                + "set COHORTS_DATA to a folder on a local disk, for instance /var/lib/cohorts.");
        }
    }

    /// <summary>Makes the folder where it is missing, and its path free of symbolic links.</summary>
    /// <exception cref="PrivatePostgresException">It cannot be made, or this account cannot enter it.</exception>
    public async Task<DataFolder> EnterAsync(DataFolder folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder.Path))
        {
            Directory.CreateDirectory(folder.Path);
            if (!OperatingSystem.IsWindows())
            {
                // For root: others may pass through to what is theirs, and see nothing else.
                const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                File.SetUnixFileMode(
                    folder.Path, _name is null ? own : own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            }
        }

        if (OperatingSystem.IsWindows())
            return folder;
        var entered = await RunAsync("/", ["sh", "-c", "cd -- \"$1\" && pwd -P", "sh", folder.Path], cancellationToken);
        if (entered.Succeeded)
            return folder.At(entered.Output[..^1]);

        var closed = folder.Path;
        for (var parent = folder.Path; parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (!(await RunAsync("/", ["test", "-x", parent], cancellationToken)).Succeeded)
                closed = parent;
        }

        throw new PrivatePostgresException(_name is null
            ? $"The folder {closed} cannot be entered: set COHORTS_DATA to a folder that is yours."
            : $"The folder {closed} cannot be entered by the user {_name}, as whom the database server runs because you are root: "
                + "set COHORTS_DATA to a folder that everybody may pass through, for instance /var/lib/cohorts.");
    }
}

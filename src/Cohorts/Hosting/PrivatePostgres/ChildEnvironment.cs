using System.Diagnostics;

namespace Cohorts.Hosting;

/// <summary>
/// The environment of a child process: names from a list, and nothing else. The program's own environment holds the bot's token and the
/// database's password, and every process of a user may read the environment of the others. A PGPORT or PGOPTIONS that is meant for
/// another server would steer the private one.
/// </summary>
internal static class ChildEnvironment
{
    /// <summary>What programs need to find each other, their libraries, their user and a place for temporary files.</summary>
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "PATHEXT", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TMP", "TEMP",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DOTNET_ROOT", "DOTNET_CLI_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME",
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "USERPROFILE", "USERNAME", "USERDOMAIN", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
        "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
    };

    /// <summary>What a program that downloads packages needs besides: the way out, whom to trust, and npm's own settings.</summary>
    private static readonly HashSet<string> DownloadNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
    };

    public static bool Ordinary(string name) => Names.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal);

    public static bool Download(string name) =>
        DownloadNames.Contains(name) || name.StartsWith("npm_config_", StringComparison.OrdinalIgnoreCase);

    /// <summary>Removes from the environment of a process that is about to start whatever is on no list.</summary>
    /// <param name="start">Whose environment, as it would be inherited.</param>
    /// <param name="more">Names to keep besides <see cref="Ordinary"/>.</param>
    public static void Restrict(ProcessStartInfo start, Func<string, bool>? more = null)
    {
        foreach (var name in start.Environment.Keys.Where(name => !Ordinary(name) && more?.Invoke(name) != true).ToList())
            start.Environment.Remove(name);
    }
}

namespace Cohorts.Hosting;

/// <summary>The one command that installs PostgreSQL on this system.</summary>
internal static class InstallCommand
{
    public static string ForThisSystem()
    {
        if (OperatingSystem.IsWindows())
            return "winget install PostgreSQL.PostgreSQL.17";
        if (OperatingSystem.IsMacOS())
            return "brew install postgresql@17";
        var command = new[]
        {
            ("/usr/bin/apt-get", "apt-get install -y postgresql"),
            ("/usr/bin/dnf", "dnf install -y postgresql-server"),
            ("/usr/bin/yum", "yum install -y postgresql-server"),
            ("/usr/bin/zypper", "zypper install -y postgresql-server"),
            ("/usr/bin/pacman", "pacman -S --noconfirm postgresql"),
            ("/sbin/apk", "apk add postgresql"),
        }.FirstOrDefault(c => File.Exists(c.Item1)).Item2;
        return command is null ? "install the PostgreSQL server with this system's package manager"
            : Environment.IsPrivilegedProcess ? command : "sudo " + command;
    }
}

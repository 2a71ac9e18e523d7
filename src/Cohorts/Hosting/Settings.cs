using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>A setting that is there and wrong. The message names it and says how it is written; it never repeats a secret.</summary>
public sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Settings read where they enter, so that a mistake is told in one sentence and nowhere deeper.</summary>
public static class Settings
{
    private const string HowConnectionStringsAreWritten =
        "Write it as Host=…;Username=…;Password=…;Database=…, or as postgres://user:password@host/database.";

    /// <exception cref="SettingException">An appsettings.json that cannot be read.</exception>
    public static ConfigurationManager Read()
    {
        try
        {
            return Host.CreateApplicationBuilder().Configuration;
        }
        catch (InvalidDataException e)
        {
            // Not in the parser's words, which may hold a part of the file, and so a secret.
            var place = e.GetBaseException() is JsonException { LineNumber: { } line } ? $" from line {line + 1} on" : "";
            throw new SettingException($"appsettings.json in this folder is not JSON{place}. Mend it, or move it away.", e);
        }
    }

    /// <summary><c>ConnectionStrings__Cohorts</c>, also in the form of an address; null where there is none.</summary>
    /// <exception cref="SettingException">It cannot be read, or names no host.</exception>
    public static string? ConnectionString(IConfiguration configuration)
    {
        if (configuration.GetConnectionString("Cohorts") is not { Length: > 0 } configured)
            return null;
        try
        {
            var builder = configured.Contains("://", StringComparison.Ordinal) ? FromAddress(new Uri(configured)) : new NpgsqlConnectionStringBuilder(configured);
            return builder.Host is { Length: > 0 }
                ? builder.ConnectionString
                : throw new SettingException($"ConnectionStrings__Cohorts names no host. {HowConnectionStringsAreWritten}");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Npgsql's own text may hold parts of the value, a password among them.
            throw new SettingException($"ConnectionStrings__Cohorts cannot be read. {HowConnectionStringsAreWritten}");
        }
    }

    /// <exception cref="SettingException">Not a port.</exception>
    public static int Port(IConfiguration configuration, string name, int otherwise)
    {
        if (configuration["Orleans:" + name] is not { Length: > 0 } text)
            return otherwise;
        return int.TryParse(text, out var port) && port is > 0 and < 65536
            ? port
            : throw new SettingException($"Orleans__{name} is \"{text}\"; a port is a number from 1 to 65535.");
    }

    /// <exception cref="SettingException">Not an address.</exception>
    public static IPAddress? Address(IConfiguration configuration, string name) =>
        configuration["Orleans:" + name] is not { Length: > 0 } text ? null
        : IPAddress.TryParse(text, out var address) ? address
        : throw new SettingException($"Orleans__{name} is \"{text}\"; it is this machine's IP address, such as 10.0.0.5.");

    /// <summary>
    /// <c>ASPNETCORE_URLS</c>, looked at before the web server does: it would tell a mistake by a stack trace in the log.
    /// </summary>
    /// <exception cref="SettingException">Not an address, or one whose port another program has.</exception>
    public static string Urls(IConfiguration configuration, string otherwise)
    {
        if (configuration["urls"] is not { Length: > 0 } urls)
            urls = otherwise;
        var taken = ListeningPorts();
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            BindingAddress address;
            try
            {
                address = BindingAddress.Parse(url);
            }
            catch (FormatException e)
            {
                throw new SettingException($"ASPNETCORE_URLS is \"{url}\"; an address is written as {otherwise}.", e);
            }

            if (!address.IsUnixPipe && taken.Contains(address.Port))
                throw new SettingException($"Another program listens at port {address.Port}. Set ASPNETCORE_URLS to another address than {url}.");
        }

        return urls;
    }

    /// <summary>Ports of this machine at which some program listens.</summary>
    public static HashSet<int> ListeningPorts() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(e => e.Port).ToHashSet();

    private static NpgsqlConnectionStringBuilder FromAddress(Uri address)
    {
        if (address.Scheme is not ("postgres" or "postgresql"))
            throw new FormatException("Not an address of PostgreSQL.");
        var user = address.UserInfo.Split(':', 2);
        return new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.IsDefaultPort || address.Port < 0 ? 5432 : address.Port,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = Uri.UnescapeDataString(address.AbsolutePath.Trim('/')),
        };
    }
}

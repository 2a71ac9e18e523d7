using System.Globalization;
using Orleans.Dashboard;

namespace Cohorts.Hosting;

/// <summary>
/// Orleans' own page about grains and silos: off unless <c>Orleans__Dashboard</c> names a port for it. It asks for no password, so it has a
/// listener of its own on loopback, which no proxy in front of the server passes on, and it answers to loopback's names alone: a page
/// in somebody's browser could otherwise reach it under a name of its own that leads to 127.0.0.1.
/// </summary>
public static class Dashboard
{
    private const string Path = "/dashboard";

    private static readonly string[] Names = ["127.0.0.1", "localhost", "[::1]"];

    /// <returns>Null: off.</returns>
    /// <exception cref="SettingException">Not a port.</exception>
    public static int? Port(IConfiguration configuration)
    {
        if (configuration["Orleans:Dashboard"] is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw new SettingException($"Orleans__Dashboard is \"{text}\"; it is a port of this machine at which the page stands, such as 8587.");
    }

    /// <summary>The address to listen at.</summary>
    /// <exception cref="SettingException">Another program has the port.</exception>
    public static string Url(int port) => Settings.ListeningPorts().Contains(port)
        ? throw new SettingException($"Another program listens at port {port}. Set Orleans__Dashboard to another port.")
        : $"http://127.0.0.1:{port}";

    public static void AddDashboard(this IHostApplicationBuilder host) => host.UseOrleans(silo => silo.AddDashboard());

    public static void MapDashboard(this WebApplication web, int port)
    {
        web.Use((context, next) =>
        {
            var isPage = context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase);
            if (context.Connection.LocalPort != port)
                return isPage ? Refuse(context, StatusCodes.Status404NotFound) : next(context);
            if (!Names.Contains(context.Request.Host.Host, StringComparer.OrdinalIgnoreCase) || context.Request.Host.Port != port)
                return Refuse(context, StatusCodes.Status421MisdirectedRequest);
            if (isPage)
                return next(context);
            context.Response.Redirect(Path);
            return Task.CompletedTask;
        });
        web.MapOrleansDashboard(Path);
    }

    private static Task Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}

using System.Net;
using Orleans.Dashboard;

namespace Cohorts.Hosting;

/// <summary>
/// Orleans' own page about grains and silos: off unless <c>Orleans__Dashboard</c> says under which path it stands, such as
/// <c>/dashboard</c>. It asks for no password, so it answers callers of the same machine only.
/// </summary>
public static class Dashboard
{
    /// <returns>Null: off.</returns>
    /// <exception cref="SettingException">Not a path.</exception>
    public static string? Path(IConfiguration configuration) => configuration["Orleans:Dashboard"] switch
    {
        null or "" => null,
        ['/', _, ..] path => path.TrimEnd('/'),
        var other => throw new SettingException($"Orleans__Dashboard is \"{other}\"; it is the path of the page, such as /dashboard."),
    };

    public static void AddDashboard(this IHostApplicationBuilder host) => host.UseOrleans(silo => silo.AddDashboard());

    public static void MapDashboard(this WebApplication web, string path)
    {
        web.UseWhen(c => c.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase), page => page.Use((context, next) =>
        {
            if (context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }));
        web.MapOrleansDashboard(path);
    }
}

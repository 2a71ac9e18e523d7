using Cohorts.Discord.Simulator.Model;
using Microsoft.Net.Http.Headers;

namespace Cohorts.Discord.Simulator.Page;

/// <summary>The page at the root, its parts, and the attachments of messages.</summary>
internal static class PageFiles
{
    public static void Map(WebApplication app, World world)
    {
        Map(app, "/", "index.html", "text/html; charset=utf-8");
        Map(app, "/page.css", "page.css", "text/css; charset=utf-8");
        Map(app, "/page.js", "page.js", "text/javascript; charset=utf-8");
        Map(app, "/markdown.js", "markdown.js", "text/javascript; charset=utf-8");
        Map(app, "/favicon.svg", "favicon.svg", "image/svg+xml");
        app.MapGet("/attachments/{channelId}/{attachmentId}/{name}", (HttpContext http, string channelId, string attachmentId) =>
        {
            Attachment? file = null;
            lock (world.Gate)
            {
                if (Snowflake.TryParse(channelId, out var channel) && Snowflake.TryParse(attachmentId, out var id))
                {
                    file = world.FindChannel(channel)?.Channel.Messages.Values.SelectMany(message => message.Attachments).FirstOrDefault(item => item.Id == id);
                }
            }

            // What somebody uploaded is never shown as a page of this server.
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.ContentSecurityPolicy = "sandbox";
            return file is null ? Results.NotFound() : Results.File(file.Bytes, SafeType(file.ContentType), file.Filename);
        });
    }

    private static string SafeType(string type) => MediaTypeHeaderValue.TryParse(type, out _) ? type : "application/octet-stream";

    private static void Map(WebApplication app, string path, string name, string type) => app.MapGet(path, (HttpContext http) =>
    {
        http.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Stream(typeof(PageFiles).Assembly.GetManifestResourceStream($"page/{name}")!, type);
    });
}

using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Interactions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class Applications
{
    public static Answer Gateway(Call call) => Answer.Ok(new JsonObject { ["url"] = call.World.GatewayUrl });

    public static Answer GatewayBot(Call call) => Answer.Ok(new JsonObject
    {
        ["url"] = call.World.GatewayUrl,
        ["shards"] = 1,
        ["session_start_limit"] = new JsonObject
        {
            ["total"] = 1000,
            ["remaining"] = Math.Max(0, 1000 - call.World.Hub.Identified),
            ["reset_after"] = 86_400_000,
            ["max_concurrency"] = 1,
        },
    });

    public static Answer Get(Call call) => Answer.Ok(Render.Application(call.World));

    /// <summary>A new endpoint for interactions is tried before it is taken: a ping it must answer, and a forged one it must refuse.</summary>
    public static async Task<Answer> Edit(Call call, HttpClient http, CancellationToken stop)
    {
        var form = call.Body;
        var app = call.World.Application;
        Uri? endpoint = null;
        if (form.HasValue("interactions_endpoint_url") && form.Text("interactions_endpoint_url", 2048) is { Length: > 0 })
        {
            endpoint = form.Address("interactions_endpoint_url", 2048);
        }

        var description = ReadDescription(form);
        if (form.Whole("flags", 0, int.MaxValue) is { } flags && flags != app.Flags)
        {
            form.Fail("flags", "NOT_SIMULATED", "flags are set by POST /simulator/application, as in the developer portal.");
        }

        form.NotSimulated(
            "icon", "cover_image", "team_id", "explicit_content_filter", "max_participants", "type", "tags", "custom_install_url", "install_params",
            "role_connections_verification_url", "integration_types_config", "event_webhooks_status", "event_webhooks_url", "event_webhooks_types");
        form.Errors.ThrowIfAny();
        if (endpoint is not null && await Delivery.Verify(call.World, http, endpoint, stop) is { } complaint)
        {
            throw FormErrors.Of("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", $"The specified interactions endpoint URL could not be verified: {complaint}");
        }

        lock (call.World.Gate)
        {
            app.Description = description ?? app.Description;
            app.InteractionsEndpoint = form.Has("interactions_endpoint_url") ? endpoint : app.InteractionsEndpoint;
            return Answer.Ok(Render.Application(call.World));
        }
    }

    /// <summary>Text as the documentation has it, or the object of Discord's API description.</summary>
    private static string? ReadDescription(Form form)
    {
        if (form.Value("description") is { ValueKind: System.Text.Json.JsonValueKind.String })
        {
            return form.Text("description", Limits.ApplicationDescription);
        }

        if (form.Object("description") is not { } description)
        {
            return null;
        }

        description.NotSimulated("localizations");
        return description.Text("default", Limits.ApplicationDescription);
    }

    public static Answer Self(Call call) => Answer.Ok(Render.Self(call.Bot));

    public static Answer User(Call call) => call.World.Users.TryGetValue(call.Id("user.id"), out var user)
        ? Answer.Ok(Render.User(user))
        : throw Refused.UnknownUser();

    public static Answer MyGuilds(Call call)
    {
        var (before, after) = (call.QueryId("before"), call.QueryId("after"));
        var guilds = call.World.Guilds.Values.Where(guild => (before is null || guild.Id < before) && (after is null || guild.Id > after));
        var limit = call.Limit(200, 200);
        var withCounts = call.Asks("with_counts");
        return Answer.Ok(Render.List(before is null ? guilds.Take(limit) : guilds.TakeLast(limit), guild =>
        {
            var json = new JsonObject
            {
                ["id"] = guild.Id.ToString(),
                ["name"] = guild.Name,
                ["icon"] = null,
                ["banner"] = null,
                ["owner"] = false,
                ["permissions"] = Render.Bits(Permissions.InGuild(guild, call.World.BotIn(guild))),
                ["features"] = new JsonArray(),
            };
            if (withCounts)
            {
                json["approximate_member_count"] = guild.Members.Count;
                json["approximate_presence_count"] = guild.Members.Count;
            }

            return json;
        }));
    }
}

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

        var description = form.Object("description")?.Text("default", 400);
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

    public static Answer Self(Call call) => Answer.Ok(Render.Self(call.Bot));

    public static Answer User(Call call) => call.World.Users.TryGetValue(call.Id("user.id"), out var user)
        ? Answer.Ok(Render.User(user))
        : throw Refused.UnknownUser();

    public static Answer MyGuilds(Call call) => Answer.Ok(Render.List(call.World.Guilds.Values, guild => new JsonObject
    {
        ["id"] = guild.Id.ToString(),
        ["name"] = guild.Name,
        ["icon"] = null,
        ["banner"] = null,
        ["owner"] = false,
        ["permissions"] = Render.Bits(Permissions.InGuild(guild, call.World.BotIn(guild))),
        ["features"] = new JsonArray(),
    }));
}

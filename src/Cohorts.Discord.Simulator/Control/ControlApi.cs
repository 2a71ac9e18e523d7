using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What Discord does not have: looking at everything, acting as a member, moving the clock, making things go wrong.</summary>
internal sealed class ControlApi(World world, RateLimits rates, CallLog log, Faults faults, HttpClient toEndpoint)
{
    private const string About = "A simulated Discord, for trying and testing. It is not Discord and not affiliated with it.";

    public void Map(WebApplication app, CancellationToken stop)
    {
        var looking = new Looking(world, stop);
        var acting = new Acting(world, toEndpoint, stop);
        var populating = new Populating(world);
        var conditions = new Conditions(world, rates, faults, toEndpoint);
        var api = app.MapGroup("/simulator").AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (Mistake mistake)
            {
                return Answer.Json(Answer.Said(mistake.Message), mistake.Status);
            }
            catch (JsonException e)
            {
                return Answer.Json(Answer.Said($"The body is not JSON: {e.Message}"), 400);
            }
        });
        IResult Locked(Func<JsonNode> look) => world.Locked(() => Answer.Json(look()));
        IResult InGuild(string id, HttpContext http, Func<Guild, Member?, JsonNode> look) => Locked(() =>
        {
            var guild = world.GuildOf(id);
            return look(guild, guild.Reader(http));
        });

        api.MapGet("", () => Answer.Json(new JsonObject { ["about"] = About }));
        api.MapGet("/guilds", () => Locked(() => Render.List(world.Guilds.Values, guild => Looking.Summary(world, guild))));
        api.MapPost("/guilds", (Delegate)populating.FoundGuild);
        api.MapGet("/guilds/{id}", (string id, HttpContext http) => InGuild(id, http, looking.State));
        api.MapGet("/guilds/{id}/commands", (string id, HttpContext http) => InGuild(id, http, looking.Offered));
        api.MapPost("/guilds/{id}/commands", (Delegate)acting.RunCommand);
        api.MapPost("/guilds/{id}/buttons", (Delegate)acting.PressButton);
        api.MapPost("/guilds/{id}/messages", (Delegate)acting.SayMessage);
        api.MapPost("/guilds/{id}/members", (Delegate)populating.JoinAndLeave);
        api.MapGet("/guilds/{id}/live", looking.Live);
        api.MapGet("/calls", () => Answer.Json(Render.List(log.All(), Looking.CallJson)));
        api.MapDelete("/calls", () =>
        {
            log.Clear();
            return Results.NoContent();
        });
        api.MapPost("/faults", (Delegate)conditions.PlanFault);
        api.MapDelete("/faults", conditions.ClearFaults);
        api.MapGet("/clock", () => Answer.Json(conditions.ClockJson()));
        api.MapPost("/clock", (Delegate)conditions.SetClock);
        api.MapGet("/rates", () => Answer.Json(conditions.RatesJson()));
        api.MapPost("/rates", (Delegate)conditions.SetRates);
        api.MapGet("/application", () => Locked(conditions.ApplicationJson));
        api.MapPost("/application", (Delegate)conditions.SetApplication);
        api.MapGet("/gateway", () => Locked(conditions.GatewayJson));
        api.MapPost("/gateway", (Delegate)conditions.SetGateway);
        api.MapPost("/outage", (Delegate)conditions.SetOutage);
    }
}

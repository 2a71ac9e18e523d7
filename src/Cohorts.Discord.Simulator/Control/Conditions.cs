using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What a bot finds itself in: faults, the time, rates, what its application may, the gateway, an outage.</summary>
internal sealed class Conditions(World world, RateLimits rates, Faults faults, HttpClient toEndpoint)
{
    public async Task<IResult> PlanFault(HttpContext http)
    {
        var form = await http.FormAsync();
        var route = form.Text("route", 200);
        var count = (int)(form.Whole("count", 1, 1_000_000) ?? 1);
        var status = (int?)form.Whole("status", 1, 4999);
        var kindName = form.Text("kind", 10, min: 1, required: true) ?? "";
        form.Check();
        if (!Enum.TryParse<FaultKind>(kindName, ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
        {
            throw new Mistake(400, $"kind must be status, timeout, lost or cut, not \"{kindName}\".");
        }

        if (kind == FaultKind.Status && status is not (>= 400 and <= 599))
        {
            throw new Mistake(400, "A fault of the kind status needs a status between 400 and 599.");
        }

        route = route is null or "all" or "*" or "" ? null : route;
        if (route == "gateway" || (route is null && kind == FaultKind.Cut))
        {
            world.Locked(() => PlanGatewayFault(kind, status, count));
        }
        else if (route is not null && Routes.All(toEndpoint).All(known => ApiRoute.Normalize(known.Name) != ApiRoute.Normalize(route)))
        {
            throw new Mistake(400, $"\"{route}\" is no route that is simulated. A route is a method and a path such as \"POST /guilds/{{guild.id}}/channels\"; \"all\" is every route.");
        }
        else
        {
            faults.Plan(route, new Fault(kind, status), count);
        }

        return Answer.Json(new JsonObject { ["planned"] = count });
    }

    public IResult ClearFaults()
    {
        faults.Clear();
        lock (world.Gate)
        {
            world.Hub.CutsToCome = 0;
            world.Hub.UnansweredHeartbeats = 0;
        }

        return Results.NoContent();
    }

    public JsonObject ClockJson() => new()
    {
        ["now"] = Render.Time(world.Now),
        ["unixSeconds"] = world.Now.ToUnixTimeMilliseconds() / 1000.0,
        ["running"] = world.Clock.Running,
    };

    public async Task<IResult> SetClock(HttpContext http)
    {
        var form = await http.FormAsync();
        var advance = form.Value("advanceSeconds") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : 0;
        var running = form.Flag("running");
        form.Check();
        if (advance is < 0 or > 3_200_000_000 || double.IsNaN(advance) || (form.HasValue("advanceSeconds") && form.Value("advanceSeconds") is { ValueKind: not JsonValueKind.Number }))
        {
            throw new Mistake(400, "advanceSeconds must be a number of seconds from 0 on: time does not go back.");
        }

        if (world.Now + TimeSpan.FromSeconds(advance) > SimulatorClock.Last)
        {
            throw new Mistake(400, $"The clock goes no further than {SimulatorClock.Last:yyyy}: Discord's ids end a few years later.");
        }

        world.Clock.Running = running ?? world.Clock.Running;
        world.Clock.Advance(TimeSpan.FromSeconds(advance));
        world.Tick();
        world.Pulse();
        return Answer.Json(ClockJson());
    }

    public JsonObject RatesJson() => new() { ["factor"] = rates.Factor };

    public async Task<IResult> SetRates(HttpContext http)
    {
        var form = await http.FormAsync();
        if (form.Value("factor") is not { ValueKind: JsonValueKind.Number } factor || factor.GetDouble() is not (> 0 and < 1_000_000))
        {
            throw new Mistake(400, "factor must be a number above 0: what the allowed requests are multiplied by.");
        }

        rates.Factor = factor.GetDouble();
        return Answer.Json(RatesJson());
    }

    public JsonObject ApplicationJson() => new()
    {
        ["id"] = world.Application.Id.ToString(),
        ["publicKey"] = world.Application.PublicKey,
        ["interactionsEndpointUrl"] = world.Application.InteractionsEndpoint?.AbsoluteUri,
        ["privilegedIntents"] = world.Application.PrivilegedIntents,
        ["botPublic"] = world.Application.BotPublic,
    };

    public async Task<IResult> SetApplication(HttpContext http)
    {
        var form = await http.FormAsync();
        var privileged = form.Flag("privilegedIntents");
        var botPublic = form.Flag("botPublic");
        var permissions = form.Bits("botPermissions");
        form.Check();
        return world.Locked(() =>
        {
            world.Application.PrivilegedIntents = privileged ?? world.Application.PrivilegedIntents;
            world.Application.BotPublic = botPublic ?? world.Application.BotPublic;
            foreach (var guild in world.Guilds.Values)
            {
                foreach (var role in guild.Roles.Values.Where(role => role.BotId == world.Application.Bot.Id && permissions is not null && permissions != role.Permissions))
                {
                    role.Permissions = permissions!.Value;
                    Roles.Announce(world, guild, role, "GUILD_ROLE_UPDATE");
                }
            }

            world.Pulse();
            return Answer.Json(ApplicationJson());
        });
    }

    public JsonObject GatewayJson() => new()
    {
        ["connected"] = world.Hub.Connected,
        ["identified"] = world.Hub.Identified,
        ["heartbeatSeconds"] = world.Hub.HeartbeatInterval.TotalSeconds,
    };

    public async Task<IResult> SetGateway(HttpContext http)
    {
        var form = await http.FormAsync();
        if (form.Value("heartbeatSeconds") is not { ValueKind: JsonValueKind.Number } seconds || seconds.GetDouble() is not (>= 0.05 and <= 3600))
        {
            throw new Mistake(400, "heartbeatSeconds must be a number between 0.05 and 3600; connections made from now on are told it.");
        }

        return world.Locked(() =>
        {
            world.Hub.HeartbeatInterval = TimeSpan.FromSeconds(seconds.GetDouble());
            return Answer.Json(GatewayJson());
        });
    }

    public async Task<IResult> SetOutage(HttpContext http)
    {
        var form = await http.FormAsync();
        if (form.Flag("running") is not { } running)
        {
            throw new Mistake(400, "running must be true or false.");
        }

        return world.Locked(() =>
        {
            world.Hub.IsDown = running;
            if (running)
            {
                PlanGatewayFault(FaultKind.Cut, status: null, count: 1);
            }

            return Answer.Json(new JsonObject { ["running"] = running });
        });
    }

    /// <summary>The first cut is made now, those that remain as soon as a connection stands again.</summary>
    private bool PlanGatewayFault(FaultKind kind, int? status, int count)
    {
        if (kind == FaultKind.Timeout)
        {
            world.Hub.UnansweredHeartbeats += count;
        }
        else if (kind == FaultKind.Cut)
        {
            var cut = new Cut(status);
            world.Hub.CutsToCome = count - 1;
            world.Hub.CutsToComeAs = cut;
            world.Hub.CutAll(cut);
        }
        else
        {
            throw new Mistake(400, "The gateway can be cut, or its heartbeats time out.");
        }

        return true;
    }
}

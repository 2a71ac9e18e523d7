using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Interactions;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What Discord does not have: looking at everything, acting as a member, moving the clock, making things go wrong.</summary>
internal sealed class ControlApi(World world, RateLimits rates, CallLog log, Faults faults, HttpClient toEndpoint)
{
    private const string About = "A simulated Discord, for trying and testing. It is not Discord and not affiliated with it.";

    /// <summary>
    /// A deferred answer that has been written counts as final once it has rested this long: bots show progress by editing
    /// it about once a second.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1.5);

    private CancellationToken stopping;

    public void Map(WebApplication app, CancellationToken stop)
    {
        stopping = stop;
        var api = app.MapGroup("/simulator").AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (Mistake mistake)
            {
                return Json(Said(mistake.Message), mistake.Status);
            }
            catch (JsonException e)
            {
                return Json(Said($"The body is not JSON: {e.Message}"), 400);
            }
        });
        api.MapGet("", () => Json(new JsonObject { ["about"] = About }));
        api.MapGet("/guilds", () => Locked(() => Json(Render.List(world.Guilds.Values, Summary))));
        api.MapPost("/guilds", (Delegate)FoundGuild);
        api.MapGet("/guilds/{id}", (string id, HttpContext http) => Locked(() => Json(State(GuildOf(id), Reader(GuildOf(id), http)))));
        api.MapGet("/guilds/{id}/commands", (string id, HttpContext http) => Locked(() => Json(Offered(GuildOf(id), Reader(GuildOf(id), http)))));
        api.MapPost("/guilds/{id}/commands", (Delegate)RunCommand);
        api.MapPost("/guilds/{id}/buttons", (Delegate)PressButton);
        api.MapPost("/guilds/{id}/messages", (Delegate)SayMessage);
        api.MapPost("/guilds/{id}/members", (Delegate)JoinAndLeave);
        api.MapGet("/guilds/{id}/live", Live);
        api.MapGet("/calls", () => Json(Render.List(log.All(), CallJson)));
        api.MapDelete("/calls", () =>
        {
            log.Clear();
            return Results.NoContent();
        });
        api.MapPost("/faults", (Delegate)PlanFault);
        api.MapDelete("/faults", () =>
        {
            faults.Clear();
            lock (world.Gate)
            {
                world.Hub.CutsToCome = 0;
                world.Hub.UnansweredHeartbeats = 0;
            }

            return Results.NoContent();
        });
        api.MapGet("/clock", () => Json(ClockJson()));
        api.MapPost("/clock", (Delegate)SetClock);
        api.MapGet("/rates", () => Json(new JsonObject { ["factor"] = rates.Factor }));
        api.MapPost("/rates", (Delegate)SetRates);
        api.MapGet("/application", () => Locked(() => Json(ApplicationJson())));
        api.MapPost("/application", (Delegate)SetApplication);
        api.MapGet("/gateway", () => Locked(() => Json(GatewayJson())));
        api.MapPost("/gateway", (Delegate)SetGateway);
        api.MapPost("/outage", (Delegate)SetOutage);
    }

    private JsonObject Summary(Guild guild) => new()
    {
        ["id"] = guild.Id.ToString(),
        ["name"] = guild.Name,
        ["ownerId"] = guild.OwnerId.ToString(),
        ["administratorId"] = guild.AdministratorId.ToString(),
        ["memberIds"] = Render.Ids(guild.Members.Keys.Where(id => id != guild.OwnerId && id != guild.AdministratorId && id != world.Application.Bot.Id)),
        ["botId"] = world.Application.Bot.Id.ToString(),
        ["applicationId"] = world.Application.Id.ToString(),
        ["publicKey"] = world.Application.PublicKey,
        ["channelId"] = (guild.Channels.Values.FirstOrDefault(channel => channel.Id == guild.SystemChannelId)
            ?? guild.Channels.Values.FirstOrDefault(channel => channel.Type == ChannelType.Text))?.Id.ToString(),
    };

    /// <summary>The whole guild, or what one member sees of it.</summary>
    private JsonObject State(Guild guild, Member? reader)
    {
        var channels = guild.Channels.Values.Where(channel => reader is null || Permissions.Sees(guild, reader, channel)).ToList();
        var messages = new JsonObject();
        foreach (var channel in channels.Where(channel => channel.Type != ChannelType.Category))
        {
            var mayRead = reader is null || Permissions.InChannel(guild, reader, channel).Holds(Permission.ViewChannel | Permission.ReadMessageHistory);
            messages[channel.Id.ToString()] = Render.List(
                channel.Messages.Values.Where(message => mayRead && (reader is null || message.IsSeenBy(reader.User.Id))),
                message => Render.Message(world, message));
        }

        var state = new JsonObject
        {
            ["guild"] = Render.Guild(guild, withCounts: true),
            ["roles"] = Render.List(guild.Roles.Values, Render.Role),
            ["members"] = Render.List(guild.Members.Values, Render.Member),
            ["channels"] = Render.List(channels, channel =>
            {
                var json = Render.Channel(guild, channel);
                if (reader is not null)
                {
                    json["permissions"] = Render.Bits(Permissions.InChannel(guild, reader, channel));
                }

                return json;
            }),
            ["events"] = Render.List(
                guild.Events.Values.Where(scheduled => reader is null || (scheduled.IsOpen && ScheduledEvents.IsSeen(guild, reader, scheduled))),
                scheduled => Render.Event(world, guild, scheduled)),
            ["messages"] = messages,
        };
        if (reader is null)
        {
            state["auditLog"] = Guilds.Entries(guild.AuditLog);
        }

        return state;
    }

    private JsonArray Offered(Guild guild, Member? reader) => Render.List(
        Commands.In(world, guild).Where(command => reader is null || Commands.IsOffered(command, Permissions.InGuild(guild, reader))),
        command => command.DeepClone());

    private async Task<IResult> FoundGuild(HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var name = form.Text("name", 100, min: 2) ?? "Another guild";
        var members = (int)(form.Whole("members", 0, 10_000) ?? 30);
        Check(form);
        return Locked(() =>
        {
            var guild = Founding.Found(world, name, members, atStart: false);
            world.Hub.Dispatch("GUILD_CREATE", Intents.Guilds, world.Hub.GuildCreate(guild));
            world.Pulse();
            return Json(Summary(guild), 201);
        });
    }

    private async Task<IResult> RunCommand(string id, HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var name = form.Text("name", 100, min: 1, required: true) ?? "";
        var force = form.Flag("force") ?? false;
        var autocomplete = form.Flag("autocomplete") ?? false;
        var options = form.Value("options") ?? default;
        Check(form);
        var interaction = Locked(() =>
        {
            var (guild, member, channel) = Actor(id, form);
            var word = name.TrimStart('/').Split(' ')[0];
            var command = Commands.In(world, guild).FirstOrDefault(command => command["name"]!.GetValue<string>() == word)
                ?? throw new Mistake(404, $"There is no command /{word} in this guild. There are: {Listed(Commands.In(world, guild).Select(known => "/" + known["name"]!.GetValue<string>()))}.");
            if (!force && !Commands.IsOffered(command, Permissions.InChannel(guild, member, channel)))
            {
                throw new Mistake(403, $"/{word} is hidden from {member.DisplayName}, who lacks its default_member_permissions. \"force\": true sends it all the same, as a forged client could.");
            }

            var typed = CommandLine.Read(world, guild, command, name.TrimStart('/'), options, autocomplete);
            return Begin(new Interaction
            {
                Id = world.Ids.Next(),
                Type = autocomplete ? InteractionType.Autocomplete : InteractionType.Command,
                Guild = guild,
                Channel = channel,
                Member = member,
                CreatedAt = world.Now,
                Data = typed.Data,
                FocusedOption = typed.Focused,
                CommandName = name.TrimStart('/'),
            });
        });
        return await Outcome(interaction, http);
    }

    private async Task<IResult> PressButton(string id, HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var customId = form.Text("customId", Limits.CustomId, min: 1, required: true);
        var messageId = form.Id("messageId", required: true);
        var force = form.Flag("force") ?? false;
        Check(form);
        var interaction = Locked(() =>
        {
            var (guild, member, channel) = Actor(id, form);
            if (!channel.Messages.TryGetValue(messageId!.Value, out var message) || (!force && !message.IsSeenBy(member.User.Id)))
            {
                throw new Mistake(404, $"{member.DisplayName} sees no message {messageId} in this channel.");
            }

            var button = message.Components.SelectMany(row => row!["components"]!.AsArray()).FirstOrDefault(item => item!["custom_id"]?.GetValue<string>() == customId);
            if (!force && button is null)
            {
                throw new Mistake(404, $"The message has no button \"{customId}\".");
            }

            if (!force && button?["disabled"]?.GetValue<bool>() == true)
            {
                throw new Mistake(409, $"The button \"{customId}\" is disabled.");
            }

            return Begin(new Interaction
            {
                Id = world.Ids.Next(),
                Type = InteractionType.Component,
                Guild = guild,
                Channel = channel,
                Member = member,
                CreatedAt = world.Now,
                Data = new JsonObject { ["id"] = button?["id"]?.DeepClone() ?? 1, ["component_type"] = button?["type"]?.DeepClone() ?? 2, ["custom_id"] = customId },
                Source = message,
            });
        });
        return await Outcome(interaction, http);
    }

    private Interaction Begin(Interaction interaction)
    {
        Delivery.Send(world, toEndpoint, interaction, stopping);
        world.Pulse();
        return interaction;
    }

    /// <summary>Waits until an answer is final, or for as long as was asked for, and says what there is.</summary>
    private async Task<IResult> Outcome(Interaction interaction, HttpContext http)
    {
        var wait = Seconds(http, "wait") ?? TimeSpan.FromSeconds(3);
        var rest = Seconds(http, "rest") ?? Rest;
        http.Response.Headers["X-Interaction-Id"] = interaction.Id.ToString();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var change = world.NextChange;
            var (final, patience) = Locked(() => (IsFinal(interaction, rest), UntilRested(interaction, rest)));
            var left = wait - Stopwatch.GetElapsedTime(started);
            if (final || left <= TimeSpan.Zero)
            {
                return Locked(() => AsItStands(interaction));
            }

            // A change wakes at once; without one, the end of the wait, of the rest, or of the time for the first answer does.
            var until = new[] { left, patience, TimeSpan.FromMilliseconds(250) }.Min();
            await Task.WhenAny(change, Task.Delay(until, http.RequestAborted));
            http.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private bool IsFinal(Interaction interaction, TimeSpan rest)
    {
        if (interaction.Failure is not null || (interaction.Answered is null && world.Now - interaction.CreatedAt > Limits.FirstAnswer))
        {
            return true;
        }

        return interaction.Answered is not null
            && (!interaction.IsDeferred || (interaction.WrittenSince && Stopwatch.GetElapsedTime(interaction.LastWriting) >= rest));
    }

    private static TimeSpan UntilRested(Interaction interaction, TimeSpan rest)
    {
        var left = rest - Stopwatch.GetElapsedTime(interaction.LastWriting);
        return interaction is { IsDeferred: true, WrittenSince: true } && left > TimeSpan.Zero ? left : TimeSpan.MaxValue;
    }

    private IResult AsItStands(Interaction interaction)
    {
        if (interaction.Failure is { } failure)
        {
            return Json(Said($"The application did not respond. {failure}"), 504);
        }

        if (interaction.Answered is null)
        {
            return world.Now - interaction.CreatedAt > Limits.FirstAnswer
                ? Json(Said("The application did not respond within 3 seconds."), 504)
                : Json(new JsonObject { ["interactionId"] = interaction.Id.ToString(), ["message"] = "The application has not responded yet." }, 202);
        }

        if (interaction.Choices is { } choices)
        {
            return Json(new JsonObject { ["choices"] = choices.DeepClone() });
        }

        return interaction.Original is { } message ? Json(Render.Message(world, message)) : Json(Said("The answer was deleted."), 404);
    }

    private async Task<IResult> SayMessage(string id, HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var draft = MessageDraft.Read(form, []);
        Check(form);
        return Locked(() =>
        {
            var (guild, member, channel) = Actor(id, form);
            if (!Permissions.InChannel(guild, member, channel).Holds(Permission.SendMessages))
            {
                throw new Mistake(403, $"{member.DisplayName} may not write in #{channel.Name}.");
            }

            if (draft.IsEmpty)
            {
                throw new Mistake(400, "An empty message cannot be sent.");
            }

            var message = new Message(world.Ids.Next(), channel.Id, member.User, world.Now);
            draft.ApplyTo(message, world, guild, channel, member);
            Messages.Post(world, guild, channel, message);
            world.Pulse();
            return Json(Render.Message(world, message), 201);
        });
    }

    /// <summary>
    /// <c>{"join": 3}</c>, <c>{"join": ["ada", "123"]}</c>, <c>{"leave": ["123"]}</c>: new people by number or name, known ones
    /// (also those who left) by id; an id that nobody has yet becomes somebody.
    /// </summary>
    private async Task<IResult> JoinAndLeave(string id, HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        return Locked(() =>
        {
            var guild = GuildOf(id);
            if (!form.HasValue("join") && !form.HasValue("leave"))
            {
                throw new Mistake(400, "Name who joins or leaves: {\"join\": 3}, {\"join\": [\"ada\", \"USER_ID\"]} or {\"leave\": [\"USER_ID\"]}.");
            }

            var joined = Joining(form).Select(user =>
            {
                if (guild.Members.ContainsKey(user.Id))
                {
                    throw new Mistake(409, $"{user.Username} ({user.Id}) is a member already.");
                }

                return Members.Join(world, guild, user);
            }).ToList();
            var left = Named(form, "leave").Select(text =>
            {
                if (!Snowflake.TryParse(text, out var user) || !guild.Members.TryGetValue(user, out var member))
                {
                    throw new Mistake(404, $"Nobody with the id \"{text}\" is a member.");
                }

                if (user == guild.OwnerId || user == world.Application.Bot.Id)
                {
                    throw new Mistake(409, $"{member.DisplayName} cannot leave: the guild needs its owner and the bot.");
                }

                Members.Leave(world, guild, member);
                return user;
            }).ToList();
            world.Pulse();
            return Json(new JsonObject { ["joined"] = Render.List(joined, Render.Member), ["left"] = Render.Ids(left) });
        });
    }

    private IEnumerable<User> Joining(Form form)
    {
        if (form.Value("join") is { ValueKind: JsonValueKind.Number } number)
        {
            return Enumerable.Range(0, number.GetInt32()).Select(_ =>
            {
                var shown = $"Newcomer {world.Users.Count}";
                return Founding.NewUser(world, world.Ids.Next(), Founding.UsernameOf(shown), shown);
            });
        }

        return Named(form, "join").Select(text =>
        {
            if (!Snowflake.TryParse(text, out var id) || text.Length < 15)
            {
                return Founding.NewUser(world, world.Ids.Next(), Founding.UsernameOf(text), text);
            }

            return world.Users.TryGetValue(id, out var known) ? known : Founding.NewUser(world, id, $"member_{id}", globalName: null);
        });
    }

    private static IEnumerable<string> Named(Form form, string name) => form.Value(name) switch
    {
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(item => item.ToString()),
        { ValueKind: JsonValueKind.String } one => [one.ToString()],
        _ => [],
    };

    /// <summary>Server-sent events: a word each time something changed, so that a page looks again.</summary>
    private async Task Live(string id, HttpContext http)
    {
        Locked(() => GuildOf(id));
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            while (!ended.IsCancellationRequested)
            {
                var change = world.NextChange;
                await http.Response.WriteAsync("data: changed\n\n", ended.Token);
                await http.Response.Body.FlushAsync(ended.Token);
                await change.WaitAsync(ended.Token);
                // Many changes at once are one look.
                await Task.Delay(TimeSpan.FromMilliseconds(50), ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the simulator stops.
        }
    }

    private async Task<IResult> PlanFault(HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var route = form.Text("route", 200);
        var count = (int)(form.Whole("count", 1, 1_000_000) ?? 1);
        var status = (int?)form.Whole("status", 1, 4999);
        var kindName = form.Text("kind", 10, min: 1, required: true) ?? "";
        Check(form);
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
            Locked(() => PlanGatewayFault(kind, status, count));
        }
        else if (route is not null && Routes.All(toEndpoint).All(known => ApiRoute.Normalize(known.Name) != ApiRoute.Normalize(route)))
        {
            throw new Mistake(400, $"\"{route}\" is no route that is simulated. A route is a method and a path such as \"POST /guilds/{{guild.id}}/channels\"; \"all\" is every route.");
        }
        else
        {
            faults.Plan(route, new Fault(kind, status), count);
        }

        return Json(new JsonObject { ["planned"] = count });
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

    private JsonObject ClockJson() => new()
    {
        ["now"] = Render.Time(world.Now),
        ["unixSeconds"] = world.Now.ToUnixTimeMilliseconds() / 1000.0,
        ["running"] = world.Clock.Running,
    };

    private async Task<IResult> SetClock(HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var advance = form.Value("advanceSeconds") is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : 0;
        var running = form.Flag("running");
        Check(form);
        if (advance is < 0 or > 3_200_000_000 || double.IsNaN(advance) || (form.HasValue("advanceSeconds") && form.Value("advanceSeconds") is { ValueKind: not JsonValueKind.Number }))
        {
            throw new Mistake(400, "advanceSeconds must be a number of seconds from 0 on: time does not go back.");
        }

        world.Clock.Running = running ?? world.Clock.Running;
        world.Clock.Advance(TimeSpan.FromSeconds(advance));
        world.Tick();
        world.Pulse();
        return Json(ClockJson());
    }

    private async Task<IResult> SetRates(HttpContext http)
    {
        using var body = await Body(http);
        if (Form.Of(body.RootElement).Value("factor") is not { ValueKind: JsonValueKind.Number } factor || factor.GetDouble() is not > 0 and < 1_000_000)
        {
            throw new Mistake(400, "factor must be a number above 0: what the allowed requests are multiplied by.");
        }

        rates.Factor = factor.GetDouble();
        return Json(new JsonObject { ["factor"] = rates.Factor });
    }

    private JsonObject ApplicationJson() => new()
    {
        ["id"] = world.Application.Id.ToString(),
        ["publicKey"] = world.Application.PublicKey,
        ["interactionsEndpointUrl"] = world.Application.InteractionsEndpoint?.AbsoluteUri,
        ["privilegedIntents"] = world.Application.PrivilegedIntents,
    };

    private async Task<IResult> SetApplication(HttpContext http)
    {
        using var body = await Body(http);
        var form = Form.Of(body.RootElement);
        var privileged = form.Flag("privilegedIntents");
        var permissions = form.Bits("botPermissions");
        Check(form);
        return Locked(() =>
        {
            world.Application.PrivilegedIntents = privileged ?? world.Application.PrivilegedIntents;
            foreach (var role in world.Guilds.Values.SelectMany(guild => guild.Roles.Values).Where(role => role.BotId == world.Application.Bot.Id))
            {
                role.Permissions = permissions ?? role.Permissions;
            }

            return Json(ApplicationJson());
        });
    }

    private JsonObject GatewayJson() => new()
    {
        ["connected"] = world.Hub.Connected,
        ["identified"] = world.Hub.Identified,
        ["heartbeatSeconds"] = world.Hub.HeartbeatInterval.TotalSeconds,
    };

    private async Task<IResult> SetGateway(HttpContext http)
    {
        using var body = await Body(http);
        if (Form.Of(body.RootElement).Value("heartbeatSeconds") is not { ValueKind: JsonValueKind.Number } seconds || seconds.GetDouble() is not (>= 0.05 and <= 3600))
        {
            throw new Mistake(400, "heartbeatSeconds must be a number between 0.05 and 3600; connections made from now on are told it.");
        }

        return Locked(() =>
        {
            world.Hub.HeartbeatInterval = TimeSpan.FromSeconds(seconds.GetDouble());
            return Json(GatewayJson());
        });
    }

    private async Task<IResult> SetOutage(HttpContext http)
    {
        using var body = await Body(http);
        if (Form.Of(body.RootElement).Flag("running") is not { } running)
        {
            throw new Mistake(400, "running must be true or false.");
        }

        return Locked(() =>
        {
            world.Hub.IsDown = running;
            if (running)
            {
                PlanGatewayFault(FaultKind.Cut, status: null, count: 1);
            }

            return Json(new JsonObject { ["running"] = running });
        });
    }

    private static JsonObject CallJson(LoggedCall call)
    {
        var json = new JsonObject
        {
            ["method"] = call.Method,
            ["route"] = call.Route,
            ["path"] = call.Path,
            ["status"] = call.Status,
            ["at"] = Render.Time(call.At),
        };
        if (call.Reason is { } reason)
        {
            json["reason"] = reason;
        }

        if (call.Fault is { } fault)
        {
            json["fault"] = fault.ToString().ToLowerInvariant();
        }

        return json;
    }

    /// <summary>Who acts, and where: a member, in a channel that this member sees.</summary>
    private (Guild Guild, Member Member, Channel Channel) Actor(string guildId, Form form)
    {
        var guild = GuildOf(guildId);
        if (form.Id("userId") is not { } userId || !guild.Members.TryGetValue(userId, out var member))
        {
            throw new Mistake(404, $"userId must be the id of a member of this guild, not \"{form.Value("userId")}\".");
        }

        if (form.Id("channelId") is not { } channelId || !guild.Channels.TryGetValue(channelId, out var channel) || channel.Type == ChannelType.Category)
        {
            throw new Mistake(404, $"channelId must be the id of a channel of this guild to type in, not \"{form.Value("channelId")}\".");
        }

        return Permissions.InChannel(guild, member, channel).Holds(Permission.ViewChannel)
            ? (guild, member, channel)
            : throw new Mistake(403, $"{member.DisplayName} does not see #{channel.Name}.");
    }

    private Guild GuildOf(string id) => Snowflake.TryParse(id, out var guildId) && world.Guilds.TryGetValue(guildId, out var guild)
        ? guild
        : throw new Mistake(404, $"There is no guild \"{id}\". GET /simulator/guilds names those there are.");

    private static Member? Reader(Guild guild, HttpContext http)
    {
        if (!http.Request.Query.TryGetValue("as", out var text))
        {
            return null;
        }

        return Snowflake.TryParse(text.ToString(), out var id) && guild.Members.TryGetValue(id, out var member)
            ? member
            : throw new Mistake(404, $"\"{text}\" is not the id of a member of this guild.");
    }

    private T Locked<T>(Func<T> work)
    {
        lock (world.Gate)
        {
            world.Tick();
            return work();
        }
    }

    private static TimeSpan? Seconds(HttpContext http, string name)
    {
        if (!http.Request.Query.TryGetValue(name, out var text))
        {
            return null;
        }

        return double.TryParse(text.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new Mistake(400, $"{name} must be a number of seconds, not \"{text}\".");
    }

    private static async Task<JsonDocument> Body(HttpContext http) =>
        await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);

    private static void Check(Form form)
    {
        try
        {
            form.Errors.ThrowIfAny();
        }
        catch (Refused refused)
        {
            throw new Mistake(400, $"The body is not as it should be: {refused.Body()["errors"]!.ToJsonString()}");
        }
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    private static JsonObject Said(string message) => new() { ["message"] = message };

    private static IResult Json(JsonNode body, int status = 200) => Results.Content(body.ToJsonString(), "application/json", System.Text.Encoding.UTF8, status);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>Guilds that are founded, and people who come and go.</summary>
internal sealed class Populating(World world)
{
    /// <summary>That found a guild, or join at once: more than any test or demo wants.</summary>
    private const int MostMembers = 10_000;

    public async Task<IResult> FoundGuild(HttpContext http)
    {
        var form = await http.FormAsync();
        var name = form.Text("name", 100, min: 2) ?? "Another guild";
        var members = (int)(form.Whole("members", 0, MostMembers) ?? 30);
        form.Check();
        return world.Locked(() =>
        {
            var guild = Founding.Found(world, name, members, atStart: false);
            world.Hub.Dispatch("GUILD_CREATE", Intents.Guilds, world.Hub.GuildCreate(guild));
            world.Pulse();
            return Answer.Json(Looking.Summary(world, guild), 201);
        });
    }

    /// <summary>
    /// <c>{"join": 3}</c>, <c>{"join": ["ada", "123"]}</c>, <c>{"leave": ["123"]}</c>: new people by number or name, known ones
    /// (also those who left) by id; an id that nobody has yet becomes somebody.
    /// </summary>
    public async Task<IResult> JoinAndLeave(string id, HttpContext http)
    {
        var form = await http.FormAsync();
        return world.Locked(() =>
        {
            var guild = world.GuildOf(id);
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
            return Answer.Json(new JsonObject { ["joined"] = Render.List(joined, Render.Member), ["left"] = Render.Ids(left) });
        });
    }

    private IEnumerable<User> Joining(Form form)
    {
        if (form.Value("join") is { ValueKind: JsonValueKind.Number })
        {
            var count = (int)(form.Whole("join", 0, MostMembers) ?? 0);
            form.Check();
            return Enumerable.Range(0, count).Select(_ =>
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
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Gateway;

/// <summary>Request Guild Members (op 8), and the GUILD_MEMBERS_CHUNK events that answer it.</summary>
internal static class MemberRequest
{
    private const int MembersPerChunk = 1000;

    /// <summary>Documented: a prefix or a list of ids finds so many at most.</summary>
    private const int MostFound = 100;

    /// <summary>In bytes; documented: a longer one is left out of the answer.</summary>
    private const int LongestNonce = 32;

    /// <summary>Dispatches the chunks. Answers what is wrong with the request, or null.</summary>
    public static string? Answer(World world, Session session, Form d)
    {
        var guildIds = d.Value("guild_id") is { ValueKind: JsonValueKind.Array } ? d.Ids("guild_id", int.MaxValue) : d.Id("guild_id", required: true) is { } one ? [one] : [];
        var query = d.Text("query", int.MaxValue);
        var limit = d.Whole("limit", 0, int.MaxValue) ?? 0;
        var userIds = !d.HasValue("user_ids") ? null : d.Value("user_ids") is { ValueKind: JsonValueKind.Array } ? d.Ids("user_ids", MostFound) : d.Id("user_ids") is { } user ? [user] : [];
        if (d.Errors.Any)
        {
            return "Error while decoding payload.";
        }

        // Documented: one guild a request. Clients whose requests once named several still send a list of one.
        if (guildIds.Count != 1)
        {
            return "Members can be requested of one guild at a time.";
        }

        if (!world.Guilds.TryGetValue(guildIds[0], out var guild) || (userIds is null && query is null))
        {
            return null;
        }

        var everybody = userIds is null && query!.Length == 0;
        if (everybody && !session.Intents.HasFlag(Intents.GuildMembers))
        {
            return null;
        }

        var most = limit == 0 ? int.MaxValue : (int)limit;
        var found = guild.Members.Values
            .Where(member => userIds?.Contains(member.User.Id) ?? (member.User.Username.StartsWith(query!, StringComparison.OrdinalIgnoreCase) || member.DisplayName.StartsWith(query!, StringComparison.OrdinalIgnoreCase)))
            .Take(everybody ? most : Math.Min(most, MostFound)).ToList();
        var missing = userIds is null ? [] : userIds.Distinct().Except(found.Select(member => member.User.Id));
        var nonce = d.Value("nonce")?.ToString();
        var chunks = Math.Max(1, (found.Count + MembersPerChunk - 1) / MembersPerChunk);
        for (var i = 0; i < chunks; i++)
        {
            var chunk = new JsonObject
            {
                ["guild_id"] = guild.Id.ToString(),
                ["members"] = Render.List(found.Skip(i * MembersPerChunk).Take(MembersPerChunk), Render.Member),
                ["chunk_index"] = i,
                ["chunk_count"] = chunks,
                ["not_found"] = Render.Ids(missing),
            };
            if (nonce is not null && Encoding.UTF8.GetByteCount(nonce) <= LongestNonce)
            {
                chunk["nonce"] = nonce;
            }

            session.Dispatch("GUILD_MEMBERS_CHUNK", chunk);
        }

        return null;
    }
}

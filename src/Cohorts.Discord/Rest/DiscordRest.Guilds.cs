namespace Cohorts.Discord;

public sealed partial class DiscordRest
{
    /// <summary>Most members of one page.</summary>
    public const int MembersPerPage = 1000;

    /// <summary>Most guilds of one page.</summary>
    private const int GuildsPerPage = 200;

    private static readonly Route GetOwnGuilds = Route.Get("/users/@me/guilds");
    private static readonly Route GetGuildRoute = Route.Get("/guilds/{guild.id}");
    private static readonly Route GetMember = Route.Get("/guilds/{guild.id}/members/{user.id}");
    private static readonly Route GetMembers = Route.Get("/guilds/{guild.id}/members");

    /// <summary>The guilds that the bot is in, ordered by id; without their roles.</summary>
    public async Task<IReadOnlyList<Guild>> ListOwnGuildsAsync(CancellationToken cancellation)
    {
        var all = new List<Guild>();
        while (true)
        {
            Snowflake? after = all.Count == 0 ? null : all[^1].Id;
            var page = await pipeline.SendAsync<IReadOnlyList<Guild>>(
                new RestCall(GetOwnGuilds) { Query = Query(("limit", Number(GuildsPerPage)), ("after", after?.ToString())) }, cancellation);
            // A page that brings no further is the end, whatever its length.
            var further = page.Where(g => after is null || g.Id > after).ToList();
            all.AddRange(further);
            if (page.Count < GuildsPerPage || further.Count == 0)
                return all;
        }
    }

    /// <summary>Roles included.</summary>
    public Task<Guild> GetGuildAsync(Snowflake guildId, CancellationToken cancellation) =>
        pipeline.SendAsync<Guild>(new RestCall(GetGuildRoute, guildId.ToString()), cancellation);

    /// <returns>Null when the user is not in the guild (404).</returns>
    public async Task<GuildMember?> FindMemberAsync(Snowflake guildId, Snowflake userId, CancellationToken cancellation)
    {
        try
        {
            return await pipeline.SendAsync<GuildMember>(new RestCall(GetMember, guildId.ToString(), userId.ToString()), cancellation);
        }
        catch (DiscordException e) when (e.Code is DiscordErrorCode.UnknownMember or DiscordErrorCode.UnknownUser)
        {
            return null;
        }
    }

    /// <summary>One page, ordered by user id. Needs the privileged intent Server Members.</summary>
    /// <param name="limit">1 to 1000.</param>
    /// <param name="after">The last user id of the page before.</param>
    public Task<IReadOnlyList<GuildMember>> ListMembersAsync(
        Snowflake guildId, CancellationToken cancellation, int limit = MembersPerPage, Snowflake? after = null) =>
        pipeline.SendAsync<IReadOnlyList<GuildMember>>(
            new RestCall(GetMembers, guildId.ToString()) { Query = Query(("limit", Number(limit)), ("after", after?.ToString())) },
            cancellation);

    /// <summary>All members, page by page.</summary>
    public async IAsyncEnumerable<GuildMember> ListAllMembersAsync(
        Snowflake guildId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        Snowflake? after = null;
        while (true)
        {
            var page = await ListMembersAsync(guildId, cancellation, MembersPerPage, after);
            foreach (var member in page)
                yield return member;
            var last = page.Count == 0 ? null : page[^1].User?.Id;
            // A page that brings no further is the end, whatever its length: else a wrong answer would be asked for again for ever.
            if (page.Count < MembersPerPage || last is null || last <= after)
                yield break;
            after = last;
        }
    }
}

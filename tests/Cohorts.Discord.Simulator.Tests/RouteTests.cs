using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Tests;

public class RouteTests
{
    [ContractFact]
    public void The_list_of_described_routes_is_that_of_discords_description()
    {
        Assert.Equal(OpenApi.Routes.Select(route => route.Name).Order(StringComparer.Ordinal), RouteTable.Described.Order(StringComparer.Ordinal));
        var described = RouteTable.Described.Select(ApiRoute.Normalize).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Routes.All(new HttpClient()).Where(route => !described.Contains(ApiRoute.Normalize(route.Name))).Select(route => route.Name));
    }

    [Theory]
    [InlineData("PATCH", "/guilds/{guild}/members/@me", "PATCH /guilds/{guild_id}/members/@me")]
    [InlineData("GET", "/guilds/{guild}/roles/member-counts", "GET /guilds/{guild_id}/roles/member-counts")]
    [InlineData("GET", "/channels/{channel}/messages/pins", "GET /channels/{channel_id}/messages/pins")]
    [InlineData("PUT", "/channels/{channel}/messages/pins/1", "PUT /channels/{channel_id}/messages/pins/{message_id}")]
    [InlineData("GET", "/applications/{app}/guilds/{guild}/commands/permissions", "GET /applications/{application_id}/guilds/{guild_id}/commands/permissions")]
    [InlineData("POST", "/channels/{channel}/messages/bulk-delete", "POST /channels/{channel_id}/messages/bulk-delete")]
    [InlineData("GET", "/guilds/{guild}/voice-states/@me", "GET /guilds/{guild_id}/voice-states/@me")]
    [InlineData("GET", "/guilds/templates/abc", "GET /guilds/templates/{code}")]
    [InlineData("POST", "/users/@me/channels", "POST /users/@me/channels")]
    [InlineData("PATCH", "/guilds/{guild}", "PATCH /guilds/{guild_id}")]
    public async Task A_route_that_is_only_described_is_answered_501_by_its_name(string method, string path, string name)
    {
        await using var simulation = await Simulation.Start();
        var at = path.Replace("{guild}", simulation.GuildId, StringComparison.Ordinal).Replace("{channel}", simulation.ChannelId, StringComparison.Ordinal).Replace("{app}", simulation.AppId, StringComparison.Ordinal);
        var reply = await simulation.Send(method, "/api/v10" + at, new { nick = "x" });
        Assert.Equal(501, reply.Status);
        Assert.Contains(name, reply["message"].GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(name, (await simulation.Control("GET", "/simulator/calls")).Json!.AsArray()[^1]!["route"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("GET", "/guilds/{guild}/members/@me", 405)]
    [InlineData("DELETE", "/guilds/{guild}/roles/member-counts", 405)]
    [InlineData("GET", "/guilds/{guild}/members/search?query=a", 200)]
    [InlineData("GET", "/guilds/{guild}/nonsense", 404)]
    [InlineData("GET", "/guilds/{guild}/members/nobody", 400)]
    [InlineData("GET", "/users/@me", 200)]
    [InlineData("GET", "/users/@you", 400)]
    public async Task A_segment_that_is_no_snowflake_matches_no_id(string method, string path, int status)
    {
        await using var simulation = await Simulation.Start();
        Assert.Equal(status, (await simulation.Send(method, "/api/v10" + path.Replace("{guild}", simulation.GuildId, StringComparison.Ordinal))).Status);
    }
}

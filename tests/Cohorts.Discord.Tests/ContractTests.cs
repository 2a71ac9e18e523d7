using Cohorts.Discord.Contract;

namespace Cohorts.Discord.Tests;

public class ContractTests
{
    [Theory]
    // A field that does not exist, one of a wrong type, one too long, one missing, one out of its range.
    [InlineData("POST", "/channels/1/messages", """{"contents":"x"}""")]
    [InlineData("POST", "/channels/1/messages", """{"content":5}""")]
    [InlineData("POST", "/channels/1/messages", """{"content":"x","allowed_mentions":{"parse":["nobody"]}}""")]
    [InlineData("POST", "/channels/1/messages", """{"embeds":[{"fields":[{"name":"x"}]}]}""")]
    [InlineData("POST", "/channels/1/messages", """{"embeds":[{"colour":5}]}""")]
    [InlineData("POST", "/channels/1/messages", """{"components":[{"type":1,"components":[{"type":2,"style":99}]}]}""")]
    [InlineData("POST", "/guilds/1/channels", """{"name":""}""")]
    [InlineData("POST", "/guilds/1/channels", """{"type":0}""")]
    [InlineData("POST", "/guilds/1/channels", """{"name":"x","type":99}""")]
    [InlineData("POST", "/guilds/1/channels", """{"name":"x","parent_id":5}""")]
    [InlineData("POST", "/guilds/1/channels", """{"name":"x","permission_overwrites":[{"id":"1","allow":1024}]}""")]
    [InlineData("POST", "/guilds/1/scheduled-events", """{"name":"x","privacy_level":2,"entity_type":2}""")]
    [InlineData("POST", "/guilds/1/scheduled-events", """{"name":"x","privacy_level":1,"entity_type":2,"scheduled_start_time":"2027-01-01T00:00:00Z"}""")]
    [InlineData("PUT", "/applications/1/guilds/2/commands", """[{"name":"x","options":[{"type":4,"name":"n"}]}]""")]
    [InlineData("PUT", "/applications/1/guilds/2/commands", """[{"name":"x","default_member_permissions":"8"}]""")]
    [InlineData("POST", "/interactions/1/t/callback", """{"type":4,"data":{"choices":[]}}""")]
    [InlineData("POST", "/interactions/1/t/callback", """{"type":8,"data":{"choices":[{"name":"x"}]}}""")]
    [InlineData("GET", "/guilds/1/channel", null)]
    [InlineData("GET", "/guilds/1/channels", "{}")]
    [InlineData("PATCH", "/channels/1", null)]
    public void A_wrong_request_is_caught(string method, string path, string? json)
    {
        if (DiscordContract.IsPresent)
            Assert.NotEmpty(DiscordContract.Violations(new ApiRequest(method, path, Nothing, json, [])));
    }

    [Theory]
    [InlineData("POST", "/channels/1/messages", """{"content":"x","allowed_mentions":{"parse":[],"users":["1"]},"nonce":"n","enforce_nonce":true}""")]
    [InlineData("POST", "/guilds/1/channels", """{"name":"x","type":2,"permission_overwrites":[{"id":"1","type":0,"allow":"0","deny":"1024"}]}""")]
    [InlineData("GET", "/guilds/1/channels", null)]
    public void A_right_request_passes(string method, string path, string? json)
    {
        if (DiscordContract.IsPresent)
            Assert.Equal([], DiscordContract.Violations(new ApiRequest(method, path, Nothing, json, [])));
    }

    [Fact]
    public void A_query_is_judged_too()
    {
        if (!DiscordContract.IsPresent)
            return;
        Assert.NotEmpty(DiscordContract.Violations(Search("limit", "5")));
        Assert.NotEmpty(DiscordContract.Violations(Search("query", "a", "limit", "1001")));
        Assert.NotEmpty(DiscordContract.Violations(Search("query", "a", "sort", "name")));
        Assert.Empty(DiscordContract.Violations(Search("query", "a", "limit", "1000")));
    }

    private static readonly Dictionary<string, string> Nothing = [];

    private static ApiRequest Search(params string[] query) =>
        new("GET", "/guilds/1/members/search", query.Chunk(2).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal), null, []);
}

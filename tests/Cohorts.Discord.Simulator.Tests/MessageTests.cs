using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Tests;

public class MessageTests
{
    [Theory]
    [InlineData("content", 2000)]
    [InlineData("embeds.0.title", 256)]
    [InlineData("embeds.0.description", 4096)]
    [InlineData("embeds.0.footer.text", 2048)]
    [InlineData("embeds.0.fields.0.name", 256)]
    [InlineData("embeds.0.fields.0.value", 1024)]
    [InlineData("components.0.components.0.label", 80)]
    [InlineData("components.0.components.0.custom_id", 100)]
    public async Task A_part_of_a_message_may_be_so_long_and_no_longer(string path, int limit)
    {
        await using var simulation = await Simulation.Start();
        async Task<Reply> Say(int length) => await simulation.Post($"/channels/{simulation.ChannelId}/messages", With(path, new string('x', length)));
        Assert.Equal(200, (await Say(limit)).Status);
        var refused = await Say(limit + 1);
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf(path), refused.Json!.ToJsonString());
    }

    [Theory]
    [InlineData("embeds", 10)]
    [InlineData("embeds.0.fields", 25)]
    [InlineData("components", 5)]
    [InlineData("components.0.components", 5)]
    public async Task A_list_in_a_message_may_hold_so_many_and_no_more(string path, int limit)
    {
        await using var simulation = await Simulation.Start();
        async Task<Reply> Say(int count)
        {
            var body = With("content", "x");
            var list = path.Split('.').Aggregate((JsonNode)body, (node, part) => int.TryParse(part, out var i) ? node[i]! : node[part]!).AsArray();
            var sample = list[0]!;
            while (list.Count < count)
            {
                var copy = sample.DeepClone();
                foreach (var button in path == "components" ? copy["components"]!.AsArray() : path.StartsWith("components", StringComparison.Ordinal) ? [copy] : [])
                {
                    button!["custom_id"] = $"{list.Count}";
                }

                if (list.Count < count)
                {
                    list.Add(copy.Parent is null ? copy : copy.DeepClone());
                }
            }

            return await simulation.Post($"/channels/{simulation.ChannelId}/messages", body);
        }

        var accepted = await Say(limit);
        Assert.True(accepted.Status == 200, accepted.Json!.ToJsonString());
        var refused = await Say(limit + 1);
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf(path), refused.Json!.ToJsonString());
    }

    [Fact]
    public async Task All_embeds_of_a_message_together_hold_6000_characters()
    {
        await using var simulation = await Simulation.Start();
        Task<Reply> Say(int second) => simulation.Post($"/channels/{simulation.ChannelId}/messages", new { embeds = new[] { new { description = new string('x', 4000) }, new { description = new string('y', second) } } });
        Assert.Equal(200, (await Say(2000)).Status);
        var refused = await Say(2001);
        Assert.Equal((400, 50035), (refused.Status, refused.Code));
        Assert.True(refused.ComplainsOf("embeds"));
    }

    [Fact]
    public async Task An_empty_message_is_refused_and_an_edit_may_not_leave_one()
    {
        await using var simulation = await Simulation.Start();
        Assert.Equal(50006, (await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = " " })).Code);
        var message = await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "x" });
        Assert.Equal(50006, (await simulation.Patch($"/channels/{simulation.ChannelId}/messages/{message.Id}", new { content = "" })).Code);
        Assert.Equal("x", (await simulation.Get($"/channels/{simulation.ChannelId}/messages/{message.Id}"))["content"].GetValue<string>());
    }

    [Fact]
    public async Task A_message_sent_again_with_an_enforced_nonce_is_the_same_message()
    {
        await using var simulation = await Simulation.Start();
        Task<Reply> Say(string nonce, bool enforce) => simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "x", nonce, enforce_nonce = enforce });
        var first = await Say("welcome:1", enforce: true);
        Assert.Equal(first.Id, (await Say("welcome:1", enforce: true)).Id);
        Assert.NotEqual(first.Id, (await Say("welcome:1", enforce: false)).Id);
        Assert.NotEqual(first.Id, (await Say("welcome:2", enforce: true)).Id);
        simulation.Advance(3600);
        Assert.NotEqual(first.Id, (await Say("welcome:1", enforce: true)).Id);
        Assert.True((await Say(new string('x', 26), enforce: true)).ComplainsOf("nonce"));
    }

    [Fact]
    public async Task Only_those_are_mentioned_who_may_be()
    {
        await using var simulation = await Simulation.Start();
        var (one, two) = (simulation.MemberId(0), simulation.MemberId(1));
        async Task<(int Users, bool Everyone)> Mentions(object? allowed)
        {
            var reply = await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = $"<@{one}> <@{two}> @everyone", allowed_mentions = allowed });
            return (reply["mentions"].AsArray().Count, reply["mention_everyone"].GetValue<bool>());
        }

        Assert.Equal((2, false), await Mentions(null)); // @everyone: the bot lacks MENTION_EVERYONE
        Assert.Equal((0, false), await Mentions(new { parse = Array.Empty<string>() }));
        Assert.Equal((1, false), await Mentions(new { parse = Array.Empty<string>(), users = new[] { two } }));
        var both = await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = "x", allowed_mentions = new { parse = new[] { "users" }, users = new[] { two } } });
        Assert.True(both.ComplainsOf("allowed_mentions"));
    }

    [Fact]
    public async Task Files_travel_with_a_message_and_can_be_fetched()
    {
        await using var simulation = await Simulation.Start();
        using var form = new MultipartFormDataContent();
        form.Add(new StringContent("""{"content": "the list", "attachments": [{"id": 0, "description": "Everybody"}]}""", Encoding.UTF8, "application/json"), "payload_json");
        var file = new ByteArrayContent("name\nChloé\n"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        form.Add(file, "files[0]", "cohort.csv");
        var message = await simulation.Post($"/channels/{simulation.ChannelId}/messages", form);
        var attachment = message["attachments"][0]!;
        Assert.Equal("cohort.csv", attachment["filename"]!.GetValue<string>());
        Assert.Equal("Everybody", attachment["description"]!.GetValue<string>());
        Assert.Equal("name\nChloé\n", await simulation.Http.GetStringAsync(new Uri(attachment["url"]!.GetValue<string>())));

        var edited = await simulation.Patch($"/channels/{simulation.ChannelId}/messages/{message.Id}", new { attachments = Array.Empty<object>() });
        Assert.Empty(edited["attachments"].AsArray());
    }

    [Fact]
    public async Task Messages_are_listed_newest_first_in_pages()
    {
        await using var simulation = await Simulation.Start();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await simulation.Post($"/channels/{simulation.ChannelId}/messages", new { content = $"{i}" })).Id);
        }

        async Task<string> List(string query) => string.Concat((await simulation.Get($"/channels/{simulation.ChannelId}/messages{query}")).Json!.AsArray().Select(item => item!["content"]!.GetValue<string>()));
        Assert.Equal("43210", await List(""));
        Assert.Equal("43", await List("?limit=2"));
        Assert.Equal("21", await List($"?limit=2&before={ids[3]}"));
        Assert.Equal("21", await List($"?limit=2&after={ids[0]}"));
        Assert.True((await simulation.Get($"/channels/{simulation.ChannelId}/messages?limit=101")).ComplainsOf("limit"));
    }

    [Fact]
    public async Task A_bot_edits_only_its_own_messages()
    {
        await using var simulation = await Simulation.Start();
        var others = await simulation.Control("POST", $"/simulator/guilds/{simulation.GuildId}/messages", new { userId = simulation.MemberId(0), channelId = simulation.ChannelId, content = "mine" });
        var refused = await simulation.Patch($"/channels/{simulation.ChannelId}/messages/{others.Id}", new { content = "yours" });
        Assert.Equal((403, 50005), (refused.Status, refused.Code));
    }

    private static JsonObject With(string path, string text)
    {
        var body = JsonNode.Parse("""
            {
              "content": "x",
              "embeds": [{"fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}}],
              "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}]
            }
            """)!.AsObject();
        var parts = path.Split('.');
        var node = parts[..^1].Aggregate((JsonNode)body, (node, part) => int.TryParse(part, out var i) ? node[i]! : node[part]!);
        node[parts[^1]] = text;
        return body;
    }
}

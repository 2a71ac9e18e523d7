using System.Text;
using System.Text.Json;

namespace Cohorts.Discord.Tests;

public class ObjectTests
{
    [Fact]
    public void An_id_is_a_text_in_JSON_up_to_its_last_bit()
    {
        var id = new Snowflake(ulong.MaxValue);
        Assert.Equal("\"18446744073709551615\"", JsonSerializer.Serialize(id));
        Assert.Equal(id, JsonSerializer.Deserialize<Snowflake>("\"18446744073709551615\""));
        Assert.Equal(new Snowflake(5), JsonSerializer.Deserialize<Snowflake>("5"));
        // Discord's documentation gives this one as its example.
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1462015105796), new Snowflake(175928847299117063).CreatedAt);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"-1\"")]
    [InlineData("\"18446744073709551616\"")]
    [InlineData("\" 1\"")]
    [InlineData("1.5")]
    [InlineData("null")]
    [InlineData("true")]
    public void What_is_no_id_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Snowflake>(json));

    [Fact]
    public void What_Discord_adds_is_ignored_and_an_enumeration_keeps_a_value_without_a_name()
    {
        var channel = Read<GuildChannel>("""{"id":"1","type":99,"name":"x","added_in_2028":{"a":[1]},"permission_overwrites":[{"id":"1","type":7,"allow":"18014398509481984","deny":"0"}]}""");

        Assert.Equal((99, 7), ((int)channel.Type, (int)channel.PermissionOverwrites!.Single().Type));
        var written = JsonSerializer.Serialize(channel, DiscordJson.Options);
        Assert.Contains("\"type\":99", written, StringComparison.Ordinal);
        Assert.Contains("\"allow\":\"18014398509481984\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_is_read_as_Discord_sends_it()
    {
        var message = Read<Message>("""
            {"type":0,"tts":false,"timestamp":"2027-01-04T12:00:00.123000+00:00","pinned":false,"nonce":"n","mentions":[],"mention_roles":[],"mention_everyone":false,
             "id":"3","flags":64,"embeds":[{"type":"rich","title":"t","fields":[{"name":"n","value":"v","inline":false}]}],"edited_timestamp":null,"content":"c",
             "components":[{"type":1,"id":1,"components":[{"type":2,"id":2,"style":1,"label":"Share","custom_id":"x"}]},{"type":17,"components":[]}],
             "channel_id":"2","author":{"id":"9","username":"bot","discriminator":"0000","avatar":null,"bot":true},
             "attachments":[{"id":"5","filename":"a.csv","size":12,"url":"https://cdn.example/a.csv","proxy_url":"x","content_type":"text/csv"}]}
            """);

        Assert.Equal((MessageFlags.Ephemeral, "n", "x"), (message.Flags, message.Nonce!.Value.GetString(), message.Components[0].Components![0].CustomId));
        Assert.Equal((ComponentType)17, message.Components[1].Type);
        Assert.Equal(12, message.Attachments.Single().Size);
    }

    [Fact]
    public void The_owner_and_an_administrator_may_do_everything()
    {
        var guild = Guild(everyone: Permissions.None, (7, Permissions.Administrator));

        Assert.True(MemberPermissions.InGuild(guild, new Snowflake(5), []).HasFlag(Permissions.ManageEvents));
        Assert.True(MemberPermissions.InGuild(guild, new Snowflake(6), [new Snowflake(7)]).HasFlag(Permissions.ManageEvents));
        Assert.Equal(Permissions.None, MemberPermissions.InGuild(guild, new Snowflake(6), []));
        var closed = Channel((1, OverwriteType.Role, Permissions.None, Permissions.ViewChannel));
        Assert.True(MemberPermissions.InChannel(guild, closed, new Snowflake(6), [new Snowflake(7)]).HasFlag(Permissions.ViewChannel));
    }

    [Fact]
    public void In_a_channel_everyone_comes_first_then_roles_together_then_the_member()
    {
        var guild = Guild(Permissions.ViewChannel | Permissions.SendMessages, (7, Permissions.None), (8, Permissions.None));
        var member = new Snowflake(6);

        Assert.Equal(
            Permissions.None,
            MemberPermissions.InChannel(guild, Channel((1, OverwriteType.Role, Permissions.None, Permissions.ViewChannel)), member, []));
        // A role that allows wins over one that denies.
        Assert.Equal(
            Permissions.ViewChannel | Permissions.SendMessages,
            MemberPermissions.InChannel(
                guild,
                Channel((7, OverwriteType.Role, Permissions.None, Permissions.ViewChannel), (8, OverwriteType.Role, Permissions.ViewChannel, Permissions.None)),
                member,
                [new Snowflake(7), new Snowflake(8)]));
        // The member's own overwrite wins over all roles; those of others say nothing.
        Assert.Equal(
            Permissions.ViewChannel,
            MemberPermissions.InChannel(
                guild,
                Channel(
                    (6, OverwriteType.Member, Permissions.ViewChannel, Permissions.SendMessages),
                    (99, OverwriteType.Member, Permissions.Administrator, Permissions.None),
                    (8, OverwriteType.Role, Permissions.Administrator, Permissions.None),
                    (7, OverwriteType.Role, Permissions.None, Permissions.ViewChannel)),
                member,
                [new Snowflake(7)]));
    }

    [Fact]
    public void The_invite_link_asks_for_the_bot_its_commands_and_its_permissions() => Assert.Equal(
        "https://discord.com/oauth2/authorize?client_id=8&scope=bot%20applications.commands&permissions=8589935632",
        new Application { Id = new Snowflake(8) }.InviteLink(Permissions.ManageChannels | Permissions.ViewChannel | Permissions.ManageEvents).AbsoluteUri);

    [Fact]
    public void A_button_beyond_Discords_limits_is_refused_before_Discord_does()
    {
        Assert.Throws<ArgumentException>(() => Component.Button(new string('x', 101), "l"));
        Assert.Throws<ArgumentException>(() => Component.Button("x", new string('l', 81)));
        Assert.Throws<ArgumentException>(() => Component.Button("", "l"));
        Assert.Throws<ArgumentException>(() => Component.Row());
        Assert.Throws<ArgumentException>(() => Component.Row([.. Enumerable.Range(0, 6).Select(i => Component.Button($"{i}", "l"))]));
    }

    private static Guild Guild(Permissions everyone, params (ulong Id, Permissions Permissions)[] roles) => new()
    {
        Id = new Snowflake(1),
        OwnerId = new Snowflake(5),
        Roles =
        [
            new Role { Id = new Snowflake(1), Permissions = everyone },
            .. roles.Select(r => new Role { Id = new Snowflake(r.Id), Permissions = r.Permissions }),
        ],
    };

    private static GuildChannel Channel(params (ulong Id, OverwriteType Type, Permissions Allow, Permissions Deny)[] overwrites) => new()
    {
        Id = new Snowflake(2),
        PermissionOverwrites = [.. overwrites.Select(o => new PermissionOverwrite(new Snowflake(o.Id), o.Type, o.Allow, o.Deny))],
    };

    private static T Read<T>(string json) => DiscordJson.Read<T>(Encoding.UTF8.GetBytes(json));
}

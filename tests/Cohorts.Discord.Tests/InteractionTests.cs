using System.Text;
using System.Text.Json;
using CsCheck;

namespace Cohorts.Discord.Tests;

public class InteractionTests
{
    internal const string Command = """
        {"id":"100","application_id":"8","type":2,"token":"secret-token","version":1,"guild_id":"1","channel_id":"2","locale":"en-GB",
         "channel":{"id":"2","type":0},"app_permissions":"2048","context":0,"entitlements":[],
         "member":{"user":{"id":"4","username":"ann"},"nick":"Annie","roles":["7"],"permissions":"8","joined_at":"2027-01-04T12:00:00+00:00","flags":0,"deaf":false,"mute":false},
         "data":{"id":"55","name":"schedule","type":1,"options":[
            {"name":"cohort","type":4,"value":42},{"name":"note","type":3,"value":"hello"},{"name":"balance","type":5,"value":false},{"name":"odd","type":4,"value":1.5}]}}
        """;

    [Fact]
    public void A_command_comes_with_its_options_as_their_types()
    {
        var command = Assert.IsType<CommandInteraction>(Parse(Command));

        Assert.Equal(
            (new Snowflake(100), new Snowflake(8), new Snowflake(1), new Snowflake(2), "schedule", "en-GB"),
            (command.Id, command.ApplicationId, command.GuildId!.Value, command.ChannelId!.Value, command.Name, command.Locale));
        Assert.Equal((42L, "hello", false), (command.Options.Integer("cohort"), command.Options.Text("note"), command.Options.Boolean("balance")));
        Assert.Equal((null, null, null), (command.Options.Integer("absent"), command.Options.Text("absent"), command.Options.Boolean("absent")));
        Assert.Equal(("Annie", new Snowflake(4), Permissions.SendMessages), (command.Member!.DisplayName(), command.User!.Id, command.AppPermissions));
        Assert.True(command.IsByAdministrator);
        Assert.Equal("secret-token", command.Token.Reveal());
        Assert.Equal("/schedule by 4 in guild 1", command.ToString());
    }

    [Fact]
    public void What_was_kept_of_an_interaction_is_the_same_interaction_again()
    {
        var first = Parse(Command);
        var again = Assert.IsType<CommandInteraction>(Parse(first.Payload));

        Assert.Equal((first.Id, first.Token, first.User!.Id, 42L), (again.Id, again.Token, again.User!.Id, again.Options.Integer("cohort")));
        Assert.DoesNotContain("secret-token", first.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What JSON's grammar allows and no database takes; over HTTP it is answered 400, over the gateway passed over.</summary>
    internal static readonly string[] Unstorable =
    [
        Command.Replace("hello", @"he\u0000llo", StringComparison.Ordinal),
        Command.Replace("hello", @"he\ud83dllo", StringComparison.Ordinal),
        Command.Replace("hello", @"he\udc00", StringComparison.Ordinal),
        Command.Replace("hello", @"\udc00\ud83d", StringComparison.Ordinal),
        Command.Replace("\"note\"", @"""no\u0000te""", StringComparison.Ordinal),
        Command.Replace("\"locale\"", @"""lo\ud83dcale""", StringComparison.Ordinal),
        Command.Replace("\"ann\"", @"""a\u0000nn""", StringComparison.Ordinal),
        Command.Replace("\"version\":1", @"""further"":{""deep"":[""\ud83d""]}", StringComparison.Ordinal),
        Command.Replace("\"version\":1", @"""version"":1e200000", StringComparison.Ordinal),
    ];

    [Fact]
    public void What_no_database_takes_is_no_interaction()
    {
        Assert.All(Unstorable, json => Assert.Throws<JsonException>(() => Parse(json)));
        byte[] notUtf8 = [.. Encoding.UTF8.GetBytes(Command).Select(b => b == (byte)'h' ? (byte)0xFF : b)];
        Assert.Throws<JsonException>(() => Interaction.Parse(notUtf8));
        Assert.IsType<CommandInteraction>(Parse(Command.Replace("hello", @"\ud83d\ude00 \u00e9 \\u0000", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_option_of_another_type_than_declared_is_an_error_that_names_it()
    {
        var options = Assert.IsType<CommandInteraction>(Parse(Command)).Options;

        Assert.Throws<FormatException>(() => options.Integer("note"));
        Assert.Throws<FormatException>(() => options.Integer("odd"));
        Assert.Throws<FormatException>(() => options.Boolean("cohort"));
        Assert.Equal("The option cohort is not a text.", Assert.Throws<FormatException>(() => options.Text("cohort")).Message);
    }

    [Theory]
    [InlineData("\"Jan\"", "Jan")]
    [InlineData("\"\"", "")]
    [InlineData("4", "4")]
    [InlineData("null", "")]
    public void An_autocomplete_says_what_is_being_typed(string value, string typed)
    {
        var autocomplete = Assert.IsType<AutocompleteInteraction>(Parse(
            $$$"""{"id":"1","application_id":"8","type":4,"token":"t","guild_id":"1","data":{"name":"schedule","options":[{"name":"max","type":4,"value":5},{"name":"cohort","type":4,"value":{{{value}}},"focused":true}]}}"""));

        Assert.Equal(new FocusedOption("cohort", typed), autocomplete.Options.Focused);
        Assert.Equal(5, autocomplete.Options.Integer("max"));
    }

    [Fact]
    public void A_press_says_which_button_in_which_message()
    {
        var press = Assert.IsType<ComponentInteraction>(Parse(
            """{"id":"1","application_id":"8","type":3,"token":"t","guild_id":"1","member":{"user":{"id":"4","username":"a"},"permissions":"0","roles":[]},"message":{"id":"9","channel_id":"2","content":"","interaction_metadata":{"id":"7","type":2,"user":{"id":"4","username":"a"}}},"data":{"custom_id":"schedule:share:42","component_type":2}}"""));

        Assert.Equal(("schedule:share:42", new Snowflake(9), new Snowflake(4)), (press.CustomId, press.Message!.Id, press.Message.InteractionMetadata!.User!.Id));
        Assert.False(press.IsByAdministrator);
    }

    [Fact]
    public void A_ping_and_a_type_of_the_future_are_told_apart()
    {
        Assert.IsType<PingInteraction>(Parse("""{"id":"1","application_id":"8","type":1,"token":"t"}"""));
        Assert.Equal(77, Assert.IsType<UnknownInteraction>(Parse("""{"id":"1","application_id":"8","type":77,"token":"t","data":{"x":1}}""")).Type);
    }

    [Fact]
    public void In_a_direct_message_nobody_is_an_administrator()
    {
        var direct = Parse("""{"id":"1","application_id":"8","type":2,"token":"t","user":{"id":"4","username":"a"},"member":{"permissions":"8","roles":[]},"data":{"name":"schedule"}}""");

        Assert.False(direct.IsByAdministrator);
        Assert.Equal(new Snowflake(4), direct.User!.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"1","type":2,"token":"t"}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","data":{}}""")]
    [InlineData("""{"id":"1","type":3,"token":"t","data":{"name":"x"}}""")]
    [InlineData("""{"id":"x","type":1,"token":"t"}""")]
    [InlineData("""{"id":"1","type":1,"token":5}""")]
    [InlineData("""{"id":"1","type":2,"token":"t","data":{"name":"x","options":[{"type":4}]}}""")]
    [InlineData("""{"id":"1","type":2,"token":"secret","member":{"permissions":"all"},"data":{"name":"x"}}""")]
    public void What_is_no_interaction_is_a_JsonException_that_shows_no_token(string json)
    {
        var error = Assert.ThrowsAny<JsonException>(() => Parse(json));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_bytes_come_they_are_an_interaction_or_a_JsonException() => Gen.OneOf(
            Gen.Byte.Array[0, 80],
            from position in Gen.Int[0, Command.Length - 1]
            from letter in Gen.Char[" \"{}[]:,0x\\"]
            select Encoding.UTF8.GetBytes(Command.Remove(position, 1).Insert(position, letter.ToString())))
        .Sample(bytes =>
        {
            try
            {
                return Interaction.Parse(bytes) is not null;
            }
            catch (JsonException)
            {
                return true;
            }
        });

    [Fact]
    public void Answers_have_the_form_that_Discord_describes()
    {
        Assert.Equal("""{"type":1}""", InteractionResponse.Pong.ToJson().ToJsonString());
        Assert.Equal("""{"type":5,"data":{"flags":64}}""", InteractionResponse.Defer(MessageFlags.Ephemeral).ToJson().ToJsonString());
        Assert.Equal("""{"type":6}""", InteractionResponse.DeferUpdate.ToJson().ToJsonString());
        Assert.Equal(
            """{"type":8,"data":{"choices":[{"name":"a","value":42}]}}""",
            InteractionResponse.Choices([new CommandChoice("a", 42)]).ToJson().ToJsonString());
        Assert.Equal(
            """{"type":4,"data":{"content":"x","allowed_mentions":{"parse":[]},"flags":64}}""",
            InteractionResponse.Message(new OutgoingMessage { Content = "x", Flags = MessageFlags.Ephemeral }).ToJson().ToJsonString());
    }

    [Fact]
    public void Choices_beyond_Discords_limits_are_refused_before_Discord_does()
    {
        Assert.Throws<ArgumentException>(() => InteractionResponse.Choices([.. Enumerable.Range(1, 26).Select(i => new CommandChoice("c", i))]));
        Assert.Throws<ArgumentException>(() => new CommandChoice("", 1));
        Assert.Throws<ArgumentException>(() => new CommandChoice(new string('x', 101), 1));
        Assert.Throws<ArgumentException>(() => new CommandChoice("x", 1L << 53));
        Assert.Throws<ArgumentException>(() => new CommandChoice("x", long.MinValue));
        Assert.Throws<ArgumentException>(() => new CommandChoice("x", new string('x', 101)));
    }

    private static Interaction Parse(string json) => Interaction.Parse(Encoding.UTF8.GetBytes(json));
}

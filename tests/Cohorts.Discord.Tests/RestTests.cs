using System.Net;

namespace Cohorts.Discord.Tests;

public class RestTests
{
    private const string Reason = "Group 1 of “January”, requested by Žofie";

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Snowflake Guild = new(1);
    private static readonly Snowflake Channel = new(2);
    private static readonly Snowflake Message = new(3);
    private static readonly Snowflake Member = new(4);
    private static readonly Snowflake Event = new(5);
    private static readonly Snowflake Application = new(8);
    private static readonly InteractionToken Secret = new("interaction-token-that-must-never-be-shown");

    private static readonly PermissionOverwrite Overwrite =
        new(Member, OverwriteType.Member, Permissions.ViewChannel | Permissions.SendPolls, Permissions.None);

    private static readonly OutgoingMessage Full = new()
    {
        Content = "Hello",
        Embeds =
        [
            new Embed
            {
                Title = "Schedule",
                Description = "11 groups",
                Color = 0x2ecc71,
                Timestamp = new DateTimeOffset(2027, 1, 4, 12, 0, 0, TimeSpan.Zero),
                Footer = new EmbedFooter("footer"),
                Author = new EmbedAuthor("author"),
                Fields = [new EmbedField("Group 1", "Ann, Bob", true)],
            },
        ],
        Components =
        [
            Component.Row(
                Component.Button("schedule:share:42", "Share in this channel", ButtonStyle.Primary),
                Component.Link(new Uri("https://example.org/"), "Help")),
        ],
        AllowedMentions = AllowedMentions.Of([Member]),
    };

    private static OutgoingMessage WithFile => Full with
    {
        Files = [new FileUpload("groups “a”.csv", "name,role\r\n"u8.ToArray(), "text/csv", "Everybody")],
    };

    private static NewScheduledEvent Meeting => new()
    {
        Name = "Group 1, week 1",
        Description = "First meeting",
        ChannelId = Channel,
        ScheduledStartTime = new DateTimeOffset(2027, 1, 6, 15, 0, 0, TimeSpan.Zero),
        ScheduledEndTime = new DateTimeOffset(2027, 1, 6, 16, 0, 0, TimeSpan.Zero),
    };

    private static IReadOnlyList<SlashCommand> Commands =>
    [
        new SlashCommand("schedule", "Forms groups")
        {
            DefaultMemberPermissions = Permissions.Administrator,
            Options =
            [
                SlashOption.Integer("cohort", "Which cohort") with { Required = true, Autocomplete = true },
                SlashOption.Integer("max_people", "At most") with { Min = 2, Max = 20 },
                SlashOption.Text("note", "Any") with { MinLength = 1, MaxLength = 100, Choices = [new CommandChoice("One", "1")] },
                SlashOption.Boolean("balance", "Even sizes"),
            ],
        },
    ];

    [Fact]
    public async Task Every_call_goes_where_Discord_describes_it()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);

        await rest.GetGatewayAsync(None);
        await rest.GetApplicationAsync(None);
        await rest.GetCurrentUserAsync(None);
        await rest.OverwriteGuildCommandsAsync(Application, Guild, Commands, None);
        await rest.OverwriteGlobalCommandsAsync(Application, Commands, None);
        await rest.GetGuildCommandsAsync(Application, Guild, None);

        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Pong, None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Defer(MessageFlags.Ephemeral), None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Defer(), None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.DeferUpdate, None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Message(WithFile with { Flags = MessageFlags.Ephemeral }), None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Update(Full), None);
        await rest.RespondAsync(
            new Snowflake(7), Secret, InteractionResponse.Choices([new CommandChoice("January 2027 (24 pending)", 42), new CommandChoice("b", 2)]), None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Choices([new CommandChoice("a text", "text")]), None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Choices([]), None);
        await rest.GetOriginalResponseAsync(Application, Secret, None);
        await rest.EditOriginalResponseAsync(Application, Secret, Full with { Flags = MessageFlags.Ephemeral }, None);
        await rest.EditOriginalResponseAsync(Application, Secret, WithFile, None);
        await rest.CreateFollowUpAsync(Application, Secret, Full with { Flags = MessageFlags.Ephemeral }, None);
        await rest.CreateFollowUpAsync(Application, Secret, WithFile, None);

        await rest.GetGuildAsync(Guild, None);
        await rest.FindMemberAsync(Guild, Member, None);
        await rest.ListMembersAsync(Guild, None, 1000, Member);

        await rest.ListChannelsAsync(Guild, None);
        await rest.CreateChannelAsync(
            Guild,
            new NewChannel { Name = "group-1", Type = ChannelType.Text, Topic = "t", ParentId = new Snowflake(6), Position = 0, PermissionOverwrites = [Overwrite] },
            Reason,
            None);
        await rest.CreateChannelAsync(Guild, new NewChannel { Name = "January", Type = ChannelType.Category }, Reason, None);
        await rest.EditChannelAsync(Channel, new ChannelChange { Name = "new", PermissionOverwrites = [Overwrite] }, Reason, None);
        await rest.PutOverwriteAsync(Channel, Overwrite, Reason, None);
        await rest.DeleteOverwriteAsync(Channel, Member, Reason, None);

        await rest.CreateMessageAsync(Channel, Full, "welcome-42", None, Reason);
        await rest.CreateMessageAsync(Channel, WithFile, null, None);
        await rest.EditMessageAsync(Channel, Message, Full with { Content = "", Embeds = [], Components = [] }, None);
        await rest.EditMessageAsync(Channel, Message, WithFile with { KeepAttachments = [new Snowflake(99)] }, None);
        await rest.ListMessagesAsync(Channel, None, 100, before: Message);

        await rest.ListScheduledEventsAsync(Guild, None);
        await rest.CreateScheduledEventAsync(Guild, Meeting, Reason, None);
        await rest.EditScheduledEventAsync(Guild, Event, new ScheduledEventChange { Name = "n", Status = EventStatus.Canceled }, Reason, None);

        // That each is right in form is held against Discord's description when the server ends.
        Assert.Equal(37, discord.Requests.Count);
        Assert.Equal(24, discord.Requests.Select(r => r.Line).Distinct().Count());
        Assert.All(discord.Requests, r => Assert.StartsWith("DiscordBot (", r.Headers["User-Agent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_bots_token_goes_with_what_is_not_authorized_by_an_interaction_and_nowhere_else()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);

        await rest.GetGuildAsync(Guild, None);
        await rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.DeferUpdate, None);
        await rest.GetOriginalResponseAsync(Application, Secret, None);

        Assert.Equal($"Bot {TestDiscord.Token}", discord.Requests[0].Headers["Authorization"]);
        Assert.All(discord.Requests.Skip(1), r => Assert.False(r.Headers.ContainsKey("Authorization")));
        Assert.All(discord.Requests, r => Assert.False(r.Headers.ContainsKey("traceparent")));
    }

    [Fact]
    public async Task A_message_always_says_whom_it_may_notify()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);

        await rest.CreateMessageAsync(Channel, new OutgoingMessage { Content = "@everyone <@4>" }, null, None);
        await rest.CreateMessageAsync(Channel, Full, "n", None);
        await rest.EditOriginalResponseAsync(Application, Secret, new OutgoingMessage { Content = "c", Flags = MessageFlags.Ephemeral }, None);

        Assert.Equal("""{"content":"@everyone <@4>","allowed_mentions":{"parse":[]}}""", discord.Requests[0].Json);
        var second = discord.Requests[1].Body;
        Assert.Equal("""{"parse":[],"users":["4"]}""", second["allowed_mentions"]!.ToJsonString());
        Assert.Equal("n", (string?)second["nonce"]);
        Assert.True((bool?)second["enforce_nonce"]);
        Assert.Equal("""{"content":"c","allowed_mentions":{"parse":[]}}""", discord.Requests[2].Json);
        Assert.Throws<ArgumentException>(() => AllowedMentions.Of(Enumerable.Range(1, 101).Select(i => new Snowflake((ulong)i))));
    }

    [Fact]
    public async Task A_file_goes_beside_the_message_and_is_named_in_it()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);

        await rest.EditMessageAsync(Channel, Message, WithFile with { KeepAttachments = [new Snowflake(99)] }, None);

        var sent = Assert.Single(discord.Requests);
        Assert.Equal(
            """[{"id":"99"},{"id":"0","filename":"groups “a”.csv","description":"Everybody"}]""",
            sent.Body["attachments"]!.ToJsonString(DiscordJson.Options));
        var file = Assert.Single(sent.Files);
        Assert.Equal(("files[0]", "text/csv", "name,role\r\n"), (file.Key, file.Value.ContentType, file.Value.Content));
    }

    [Fact]
    public async Task The_reason_for_the_audit_log_survives_a_header()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);

        await rest.DeleteOverwriteAsync(Channel, Member, Reason, None);
        await rest.DeleteOverwriteAsync(Channel, Member, new string('é', 600) + "\r\nX: y", None);

        Assert.Equal(Reason, Uri.UnescapeDataString(discord.Requests[0].Headers["X-Audit-Log-Reason"]));
        Assert.Equal(512, Uri.UnescapeDataString(discord.Requests[1].Headers["X-Audit-Log-Reason"]).Length);
    }

    [Fact]
    public async Task A_private_channel_is_private_in_the_request_that_makes_it()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);
        var hidden = new PermissionOverwrite(Guild, OverwriteType.Role, Permissions.None, Permissions.ViewChannel);

        await rest.CreateChannelAsync(Guild, new NewChannel { Name = "g", Type = ChannelType.Voice, PermissionOverwrites = [hidden] }, Reason, None);

        Assert.Equal(
            """{"name":"g","type":2,"permission_overwrites":[{"id":"1","type":0,"allow":"0","deny":"1024"}]}""",
            Assert.Single(discord.Requests).Json);
    }

    [Fact]
    public async Task All_members_are_read_page_by_page()
    {
        await using var discord = await TestDiscord.StartAsync(request =>
        {
            var after = ulong.Parse(request.Query.GetValueOrDefault("after", "0"));
            var page = Enumerable.Range(1, 2500).Select(i => (ulong)i).Where(i => i > after).Take(1000);
            return new Answer(200, $"[{string.Join(',', page.Select(i => $$"""{"user":{"id":"{{i}}","username":"u"},"roles":[]}"""))}]");
        });
        using var rest = discord.Client(TimeProvider.System);

        var ids = new List<ulong>();
        await foreach (var member in rest.ListAllMembersAsync(Guild, None))
            ids.Add(member.User!.Id.Value);

        Assert.Equal(Enumerable.Range(1, 2500).Select(i => (ulong)i), ids);
        Assert.Equal(3, discord.Requests.Count);
    }

    [Fact]
    public async Task A_page_of_members_that_brings_nobody_new_is_the_last()
    {
        var page = $"[{string.Join(',', Enumerable.Repeat("""{"user":{"id":"5","username":"u"},"roles":[]}""", 1000))}]";
        await using var discord = await TestDiscord.StartAsync(_ => new Answer(200, page));
        using var rest = discord.Client(TimeProvider.System);

        var count = 0;
        await foreach (var _ in rest.ListAllMembersAsync(Guild, None))
            count++;

        Assert.Equal((2000, 2), (count, discord.Requests.Count));
    }

    [Fact]
    public async Task Somebody_who_is_not_in_the_guild_is_null_and_any_other_404_an_error()
    {
        await using var discord = await TestDiscord.StartAsync(
            new Answer(404, """{"message":"Unknown Member","code":10007}"""),
            new Answer(404, """{"message":"Unknown Guild","code":10004}"""));
        using var rest = discord.Client(TimeProvider.System);

        Assert.Null(await rest.FindMemberAsync(Guild, Member, None));
        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.FindMemberAsync(Guild, Member, None));
        Assert.Equal(DiscordErrorCode.UnknownGuild, error.Code);
    }

    [Theory]
    // The live service has words there; Discord's own description of its API has integers.
    [InlineData("\"BASE_TYPE_REQUIRED\"", "BASE_TYPE_REQUIRED")]
    [InlineData("50035", "50035")]
    public async Task A_refusal_says_Discords_code_and_the_field_it_complains_of(string sent, string told)
    {
        await using var discord = await TestDiscord.StartAsync(_ => new Answer(
            400,
            $$$$"""{"code":50035,"message":"Invalid Form Body","errors":{"permission_overwrites":{"3":{"id":{"_errors":[{"code":"NUMBER_TYPE_COERCE","message":"Value \"x\" is not snowflake."}]}}},"name":{"_errors":[{"code":{{{{sent}}}},"message":"This field is required"}]}}}"""));
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(
            () => rest.CreateChannelAsync(Guild, new NewChannel { Name = "x", Type = ChannelType.Text }, Reason, None));

        Assert.Equal(
            (DiscordFailure.Refused, HttpStatusCode.BadRequest, DiscordErrorCode.InvalidFormBody, "POST", "/guilds/{guild.id}/channels"),
            (error.Failure, error.Status, error.Code, error.Method, error.Route));
        Assert.Equal(["permission_overwrites.3.id", "name"], error.Fields.Select(f => f.Path));
        Assert.Equal(
            "POST /guilds/{guild.id}/channels: Discord answered 400, code 50035: Invalid Form Body "
            + $"(permission_overwrites.3.id: NUMBER_TYPE_COERCE Value \"x\" is not snowflake.; name: {told} This field is required)",
            error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("[]")]
    [InlineData("""{"code":"x","message":7,"errors":[1,{"_errors":5}]}""")]
    [InlineData("""{"code":99999999999999,"errors":{"_errors":[7,{"code":1}]}}""")]
    public async Task An_error_that_is_not_Discords_own_is_an_error_all_the_same(string body)
    {
        await using var discord = await TestDiscord.StartAsync(_ => new Answer(403, body));
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        Assert.Equal((HttpStatusCode.Forbidden, DiscordErrorCode.None), (error.Status, error.Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("""{"id":"not a number"}""")]
    [InlineData("""{"name":"without an id"}""")]
    [InlineData("""{"id":"1","roles":null}""")]
    public async Task An_answer_that_is_not_what_was_asked_for_is_an_error(string body)
    {
        await using var discord = await TestDiscord.StartAsync(_ => new Answer(200, body));
        using var rest = discord.Client(TimeProvider.System);

        var error = await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None));

        Assert.Equal(DiscordFailure.Unavailable, error.Failure);
    }

    [Fact]
    public async Task No_token_appears_in_an_error_or_in_the_log_even_when_Discord_repeats_it()
    {
        var log = new RecordingLog<DiscordRest>();
        var echo = $$$$"""{"code":50027,"message":"Invalid token {{{{Secret.Reveal()}}}} {{{{TestDiscord.Token}}}}","errors":{"{{{{Secret.Reveal()}}}}":{"_errors":[{"code":"{{{{TestDiscord.Token}}}}","message":"{{{{Secret.Reveal()}}}}"}]}}}""";
        await using var discord = await TestDiscord.StartAsync(
            r => new Answer(401, r.Path == "/guilds/1" ? echo.Replace(Secret.Reveal(), "x", StringComparison.Ordinal) : echo));
        using var rest = discord.Client(TimeProvider.System, log);

        var errors = new List<DiscordException>
        {
            await Assert.ThrowsAsync<DiscordException>(() => rest.EditOriginalResponseAsync(Application, Secret, Full, None)),
            await Assert.ThrowsAsync<DiscordException>(() => rest.RespondAsync(new Snowflake(7), Secret, InteractionResponse.Pong, None)),
            await Assert.ThrowsAsync<DiscordException>(() => rest.GetGuildAsync(Guild, None)),
        };

        var shown = string.Join('\n', errors.Select(e => e.ToString() + string.Join(' ', e.Fields))
            .Concat(log.Lines.Select(l => l.Text))
            .Append(new BotToken(TestDiscord.Token).ToString())
            .Append(Secret.ToString())
            .Append(new DiscordRestOptions { Token = new BotToken(TestDiscord.Token) }.ToString()));
        Assert.Contains("***", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret.Reveal(), shown, StringComparison.Ordinal);
        Assert.DoesNotContain(TestDiscord.Token, shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("Bot ")]
    [InlineData("two words")]
    [InlineData("line\nend")]
    [InlineData("ünicode")]
    public void A_token_that_cannot_be_one_is_refused_without_being_shown(string token)
    {
        var error = Assert.Throws<ArgumentException>(() => new BotToken(token));
        if (token.Trim().Length > 3)
            Assert.DoesNotContain(token.Trim(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_call_is_an_activity_and_a_measurement_without_ids_or_tokens()
    {
        await using var discord = await TestDiscord.StartAsync(Sensible);
        using var rest = discord.Client(TimeProvider.System);
        var measured = new List<string>();
        using var meters = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            var line = instrument.Name + string.Concat(tags.ToArray().Select(t => $" {t.Key}={t.Value}"));
            lock (measured)
                measured.Add(line);
        });
        meters.Start();
        var activities = new List<string>();
        using var sources = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = source => source.Name is Telemetry.Name or "System.Net.Http",
            Sample = (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) => System.Diagnostics.ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (activities)
                    activities.Add(activity.DisplayName + string.Concat(activity.TagObjects.Select(t => $" {t.Key}={t.Value}")));
            },
        };
        System.Diagnostics.ActivitySource.AddActivityListener(sources);

        await rest.GetOriginalResponseAsync(Application, Secret, None);

        const string Line = "GET /webhooks/{application.id}/{interaction.token}/messages/@original";
        lock (measured)
            Assert.Contains($"discord.rest.duration route={Line} status=200", measured);
        lock (activities)
        {
            Assert.Contains($"{Line} status=200", activities);
            Assert.DoesNotContain(activities, a => a.Contains(Secret.Reveal(), StringComparison.Ordinal));
        }
    }

    /// <summary>An answer of the right shape for any request.</summary>
    private static Answer Sensible(SentRequest request) => request.Line switch
    {
        _ when request.Method == "DELETE" || request.Path.EndsWith("/callback", StringComparison.Ordinal)
            || request.Path.Contains("/permissions/", StringComparison.Ordinal) => new Answer(204),
        "GET /gateway/bot" => new Answer(200, """{"url":"wss://gateway.example","shards":1,"session_start_limit":{"total":1000,"remaining":999,"reset_after":0,"max_concurrency":1}}"""),
        _ when request.Method is "GET" or "PUT" && request.Path.Split('/')[^1] is "commands" or "roles" or "members" or "search" or "channels" or "messages" or "scheduled-events"
            && !request.Path.EndsWith("@original", StringComparison.Ordinal) && request.Method != "POST" && request.Method != "PATCH" => new Answer(200, "[]"),
        _ => new Answer(200, """{"id":"77","unknown_field":{"a":1}}"""),
    };
}

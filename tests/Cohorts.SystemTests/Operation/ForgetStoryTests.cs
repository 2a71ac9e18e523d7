using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Cohorts.Discord;
using Cohorts.SystemTests.Bot;
using Dapper;

namespace Cohorts.SystemTests.Operation;

/// <summary>A whole course's story with people who are forgotten then: nothing of them is left in any column, nor in the groups' channels.</summary>
public sealed class ForgetStoryTests(SharedGround shared) : IClassFixture<SharedGround>
{
    /// <summary>An organizer who also leads a group.</summary>
    private const string Leader = "Wilhelmína \"Mina\" O_strander [she/her]";

    private const string LeadersNick = "Mina *the* organizer";

    /// <summary>A learner who joins the server late.</summary>
    private const string Learner = "Ödön_von *Horváth*";

    private const string LearnersId = "990000000000000001";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_of_who_was_forgotten_is_left_in_any_column_nor_in_their_groups_channels()
    {
        await using var world = await BotWorld.StartAsync(shared.Ground);
        await world.Discord.HurryAsync(50);
        using var bot = BotClient(world);
        // An administrator may name people, as an organizer would.
        await world.Discord.SetApplicationAsync(botPermissions: "8");
        // A long user name: a short one may stand by chance in an interaction's token.
        var everybody = (await bot.GetFromJsonAsync<JsonElement>($"guilds/{world.Guild.Id}/members?limit=1000")).EnumerateArray().Select(m => m.GetProperty("user"))
            .ToDictionary(u => u.GetProperty("id").GetString()!, u => u.GetProperty("username").GetString()!);
        var admin = world.Guild.MemberIds.Where(m => m != world.Administrator && m != world.Guild.OwnerId).MaxBy(m => everybody[m].Length)!;
        var username = everybody[admin];
        Assert.True(username.Length > 5, username);
        var role = (await CallAsync(bot, HttpMethod.Post, $"guilds/{world.Guild.Id}/roles", new { name = "Organizers", permissions = 8 })).GetProperty("id").GetString();
        await CallAsync(bot, HttpMethod.Put, $"guilds/{world.Guild.Id}/members/{admin}/roles/{role}");
        await CallAsync(bot, HttpMethod.Patch, $"guilds/{world.Guild.Id}/members/{admin}", new { nick = LeadersNick });
        var cohort = await ImportAsync(world, admin, username);
        await world.ServeAndConnectAsync();
        await StoryAsync(world, admin, cohort);
        await GiveByHandAsync(world, bot, admin);
        string[] leader = [Leader, LeadersNick, "Wilhelmína", "the* organizer", "mina@ostrander.example", admin, username];
        string[] learner = [Learner, "Horváth", "odon@horvath.example", LearnersId, "odon_h"];
        Assert.NotEmpty(await ColumnsWithAsync(world, leader));
        Assert.NotEmpty(await ColumnsWithAsync(world, learner));

        // Discord is away: the rows go all the same, and it is said how to end it.
        var away = await ForgetAsync(world, $"http://127.0.0.1:{BotWorld.FreePort()}/api/v10", Leader.ToUpperInvariant());
        Assert.Equal(1, away.ExitCode);
        Assert.Contains("is erased: 1 enrolment, 1 membership", away.Errors, StringComparison.Ordinal);
        Assert.Contains($"run it again: ./cohorts forget {admin}", away.Errors, StringComparison.Ordinal);
        Assert.Empty(await ColumnsWithAsync(world, leader));

        var finished = await ForgetAsync(world, world.Discord.ApiBase.ToString(), admin);
        Assert.True(finished.ExitCode == 0, finished.Errors);
        Assert.Contains("Welcomes written anew: 1", finished.Output, StringComparison.Ordinal);
        Assert.Empty(await AccessAsync(world, admin));
        var welcome = await WelcomeAsync(world, bot);
        Assert.DoesNotContain(admin, welcome, StringComparison.Ordinal);
        Assert.DoesNotContain("Wilhelm", welcome, StringComparison.Ordinal);
        Assert.Contains("no facilitator", welcome, StringComparison.Ordinal);

        var second = await ForgetAsync(world, world.Discord.ApiBase.ToString(), Learner);
        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.Contains("Welcomes written anew: 1; other messages deleted: 1", second.Output, StringComparison.Ordinal);
        Assert.Empty(await ColumnsWithAsync(world, [.. leader, .. learner]));
        Assert.Empty(await AccessAsync(world, LearnersId));
        Assert.DoesNotContain("Horv", await WelcomeAsync(world, bot), StringComparison.Ordinal);
        Assert.DoesNotContain(LearnersId, await TextChannelAsync(world, bot), StringComparison.Ordinal);
        var again = await ForgetAsync(world, world.Discord.ApiBase.ToString(), Learner);
        Assert.Equal(1, again.ExitCode);

        // What is kept is still read, and the run goes on counting who else there was.
        Assert.Equal(2, await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort AND requested_by = 'removed person'", new { cohort }));
        Assert.Equal(0, await world.AskAsync<int>(
            "SELECT count(*)::int FROM groups_users LEFT JOIN users USING (user_id) WHERE users.user_id IS NULL"));
        var preview = await world.Discord.RunAsync(world.Guild, world.OtherGuild.OwnerId, "realize-groups", new { cohort, preview = true });
        Assert.Contains("Story", preview.Body.GetRawText(), StringComparison.Ordinal);
    }

    private static async Task StoryAsync(BotWorld world, string admin, int cohort)
    {
        var discord = world.Discord;
        await discord.RunAsync(world.Guild, admin, "list-cohorts");
        var scheduled = await discord.RunAsync(world.Guild, admin, "schedule", new { cohort, min_people = 3 });
        var share = scheduled.Buttons.Single(b => b.CustomId.Contains(":share:", StringComparison.Ordinal));
        await discord.PressAsync(world.Guild, admin, scheduled.MessageId, share.CustomId);
        var preview = await discord.RunAsync(world.Guild, admin, "realize-groups", new { cohort, preview = true });
        await discord.PressAsync(world.Guild, admin, preview.MessageId, preview.Buttons[0].CustomId);
        await Eventually.HoldsAsync("the group is active", Patience, async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM groups WHERE cohort_id = @cohort AND status = 'active'", new { cohort }) == 1, () => world.Logs);
        await Eventually.HoldsAsync("the run has ended", Patience, async () =>
            await world.AskAsync<int>("SELECT count(*)::int FROM runs WHERE cohort_id = @cohort AND ended_at IS NULL", new { cohort }) == 0);
        await discord.JoinAsync(world.Guild, LearnersId);
        await Eventually.HoldsAsync("who joined is told", Patience, async () => await world.AskAsync<int>(
            "SELECT count(*)::int FROM groups_users JOIN users USING (user_id) WHERE discord_id = @LearnersId AND mentioned_in_message_id IS NOT NULL", new { LearnersId }) == 1);
        await discord.RunAsync(world.Guild, admin, "list-cohorts");
        // What is told of people in notes, in a result that failed, in the original's own tables.
        await world.AskAsync<object>(
            """
            UPDATE groups SET notes = 'Led by ' || @Leader, flags = jsonb_build_object('led', @Leader) WHERE cohort_id = @cohort;
            UPDATE users SET notes = 'A friend of ' || @Leader WHERE nickname = 'Story C';
            UPDATE runs SET error = 'Ask ' || @Leader || ' or ' || @Escaped WHERE cohort_id = @cohort;
            CREATE TABLE reminders_of_the_original (said text, whom text[], raw json, code varchar(200));
            INSERT INTO reminders_of_the_original VALUES (@InJson, array[@Leader, 'Story C'], json_build_object('to', @Leader), @Leader)
            """,
            new { Leader, cohort, Escaped = DiscordText.Escape(Leader), InJson = JsonSerializer.Serialize(new { to = Leader }) });
    }

    /// <summary>Beyond what the bot gives: by the server's owner, in the category and in a channel that somebody put below it.</summary>
    private static async Task GiveByHandAsync(BotWorld world, HttpClient bot, string person)
    {
        var category = await world.AskAsync<string>("SELECT discord_category_id FROM cohorts WHERE cohort_name = 'Story'");
        await CallAsync(bot, HttpMethod.Put, $"channels/{category}/permissions/{person}", new { type = 1, allow = "1024", deny = "0" });
        await CallAsync(bot, HttpMethod.Post, $"guilds/{world.Guild.Id}/channels", new
        {
            name = "notes", type = 0, parent_id = category, permission_overwrites = new[] { new { id = person, type = 1, allow = "1024", deny = "0" } },
        });
        Assert.Equal(4, (await AccessAsync(world, person)).Count);
    }

    private static async Task<int> ImportAsync(BotWorld world, string admin, string username)
    {
        var file = Path.Combine(Folder(), $"story-{Guid.NewGuid():N}.csv");
        var members = world.Guild.MemberIds.Where(m => m != admin).ToList();
        await File.WriteAllTextAsync(file, string.Join('\n',
            "name,email,discord_id,discord_username,role,timezone,availability",
            $"\"{Leader.Replace("\"", "\"\"", StringComparison.Ordinal)}\",mina@ostrander.example,{admin},{username},facilitator,Europe/Berlin,T18:00 T20:00",
            $"{Learner},odon@horvath.example,{LearnersId},odon_h,,Europe/Budapest,T18:00 T20:00",
            $"Story C,,{members[0]},,,,T18:00 T20:00",
            $"Story D,,{members[1]},,,,T18:00 T20:00"));
        try
        {
            var start = DateTime.UtcNow.AddDays(10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await using var import = CohortsProgram.Begin(
                Folder(), new Dictionary<string, string> { ["ConnectionStrings__Cohorts"] = world.ConnectionString },
                "import", file, "--course", "Rust", "--cohort", "Story", "--start", start, "--meetings", "2", "--guild", world.Guild.Id, "--json");
            return (await import.EndAsync()).Json.GetProperty("cohortId").GetInt32();
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Folder() => Path.GetTempPath();

    private static async Task<Ending> ForgetAsync(BotWorld world, string api, string whom)
    {
        await using var forget = CohortsProgram.Begin(
            Folder(),
            new Dictionary<string, string>
            {
                ["ConnectionStrings__Cohorts"] = world.ConnectionString, ["Discord__Token"] = world.BotToken, ["Discord__ApiBaseUrl"] = api,
            },
            "forget", whom, "--yes");
        return await forget.EndAsync();
    }

    /// <summary>Channels with an overwrite of the person.</summary>
    private static async Task<IReadOnlyList<string>> AccessAsync(BotWorld world, string person) =>
        [.. (await world.Discord.StateAsync(world.Guild)).GetProperty("channels").EnumerateArray()
            .Where(c => c.GetProperty("permission_overwrites").EnumerateArray().Any(o => o.GetProperty("id").GetString() == person))
            .Select(c => c.GetProperty("name").GetString()!)];

    private static async Task<string> WelcomeAsync(BotWorld world, HttpClient bot)
    {
        var (channel, message) = (await world.ListAsync<(string, string)>(
            "SELECT discord_text_channel_id, welcome_message_id FROM groups JOIN cohorts USING (cohort_id) WHERE cohort_name = 'Story'"))[0];
        var told = await bot.GetFromJsonAsync<JsonElement>($"channels/{channel}/messages/{message}");
        return told.GetProperty("content").GetString() + "\n" + told.GetProperty("embeds")[0].GetProperty("description").GetString();
    }

    private static async Task<string> TextChannelAsync(BotWorld world, HttpClient bot) => await bot.GetStringAsync(
        $"channels/{await world.AskAsync<string>("SELECT discord_text_channel_id FROM groups JOIN cohorts USING (cohort_id) WHERE cohort_name = 'Story'")}/messages?limit=50");

    private static HttpClient BotClient(BotWorld world)
    {
        var client = new HttpClient { BaseAddress = new Uri(world.Discord.ApiBase.ToString().TrimEnd('/') + "/") };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bot " + world.BotToken);
        return client;
    }

    private static async Task<JsonElement> CallAsync(HttpClient bot, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await bot.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Columns of all schemas that are not PostgreSQL's own, of text in whatever type, in which one of the words stands in whatever form.</summary>
    private static async Task<IReadOnlyList<string>> ColumnsWithAsync(BotWorld world, IReadOnlyList<string> words)
    {
        var forms = words
            .SelectMany(w => new[] { w, DiscordText.Escape(w), w.Normalize(System.Text.NormalizationForm.FormD) })
            .SelectMany(w => new[] { w, JsonEncodedText.Encode(w).ToString(), w.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) })
            .SelectMany(w => new[] { w, w.ToLowerInvariant(), w.ToUpperInvariant() })
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        await using var connection = await world.Database.OpenConnectionAsync();
        var found = new List<string>();
        var columns = (await connection.QueryAsync<(string Schema, string Table, string Column, string Type)>(
            """
            SELECT columns.table_schema, columns.table_name, column_name, data_type
              FROM information_schema.columns
              JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_type = 'BASE TABLE'
               AND table_schema NOT IN ('pg_catalog', 'information_schema')
               AND data_type NOT IN ('integer', 'bigint', 'smallint', 'boolean', 'date', 'timestamp with time zone', 'double precision', 'uuid')
            """)).AsList();
        Assert.Contains(columns, c => c is { Table: "interactions", Column: "payload" });
        Assert.Contains(columns, c => c is { Table: "runs", Column: "requested_by" });
        Assert.Contains(columns, c => c.Type == "bytea");
        foreach (var (schema, table, column, type) in columns)
        {
            var hits = type == "bytea"
                ? (await connection.QueryAsync<string>(
                    $"""
                    SELECT DISTINCT convert_from(form, 'UTF8') FROM "{schema}"."{table}", unnest(@Forms::bytea[]) AS form WHERE position(form IN "{column}") > 0
                    """,
                    new { Forms = forms.Select(System.Text.Encoding.UTF8.GetBytes).ToArray() })).AsList()
                : (await connection.QueryAsync<string>(
                    $"""
                    SELECT DISTINCT form FROM "{schema}"."{table}", unnest(@forms) AS form
                     WHERE position(form IN "{column}"::text) > 0 OR position(form IN lower("{column}"::text)) > 0
                    """,
                    new { forms })).AsList();
            found.AddRange(hits.Select(h => $"{table}.{column}: {h}"));
        }

        return found;
    }
}

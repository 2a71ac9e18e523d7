using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Cohorts.Benchmarks.Scheduling;
using Cohorts.Discord;
using Cohorts.Scheduling;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Role = Cohorts.Scheduling.Role;

namespace Cohorts.Benchmarks.Serving;

/// <summary>
/// The original system's way, as a baseline only: one process whose one thread does everything, awaits what it must, and stands still for
/// everybody while it forms groups. Same database, same Discord, the same commands as far as this benchmark gives them.
/// </summary>
internal sealed class OneEventLoop : IAsyncDisposable
{
    private static readonly TimeSpan SearchLimit = TimeSpan.FromSeconds(30);

    private readonly NpgsqlDataSource _database;
    private readonly InteractionPublicKey _key;
    private readonly HttpClient _discord;
    private readonly WebApplication _web;
    private readonly Loop _loop = new();

    private OneEventLoop(NpgsqlDataSource database, string publicKey, Uri discord)
    {
        (_database, _key) = (database, InteractionPublicKey.Parse(publicKey));
        _discord = new HttpClient { BaseAddress = new Uri(discord + "/") };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.Run(TakeAsync);
    }

    public Uri Address => new(_web.Urls.First());

    public static async Task<OneEventLoop> StartAsync(NpgsqlDataSource database, string publicKey, Uri discord)
    {
        var way = new OneEventLoop(database, publicKey, discord);
        await way._web.StartAsync();
        return way;
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _loop.Dispose();
        _discord.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var memory = new MemoryStream();
        await context.Request.Body.CopyToAsync(memory);
        var body = memory.ToArray();
        var verdict = InteractionSignature.Verify(
            _key, context.Request.Headers[InteractionSignature.SignatureHeader], context.Request.Headers[InteractionSignature.TimestampHeader], body, DateTimeOffset.UtcNow,
            InteractionSignature.DefaultOldest);
        if (verdict != SignatureVerdict.Valid)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var interaction = JsonDocument.Parse(body).RootElement;
        var answer = interaction.GetProperty("type").GetInt32() switch
        {
            1 => new { type = 1 },
            4 => await _loop.RunAsync(() => ChoicesAsync(interaction)),
            _ => await _loop.RunAsync(() => Task.FromResult<object>(new { type = 5, data = new { flags = 64 } })),
        };
        await context.Response.WriteAsJsonAsync(answer);
        await context.Response.CompleteAsync();
        if (interaction.GetProperty("type").GetInt32() == 2)
            _ = TellFailureAsync(_loop.RunAsync(() => CarryOutAsync(interaction)));
    }

    private async Task<string> CarryOutAsync(JsonElement interaction)
    {
        var told = interaction.GetProperty("data").GetProperty("name").GetString() == "schedule"
            ? await ScheduleAsync(Option(interaction).GetInt32())
            : await ListAsync();
        var address = $"webhooks/{interaction.GetProperty("application_id").GetString()}/{interaction.GetProperty("token").GetString()}/messages/@original";
        while (true)
        {
            // Not found as long as Discord has not read the acknowledgement.
            using var answer = await _discord.PatchAsJsonAsync(address, new { content = told });
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                answer.EnsureSuccessStatusCode();
                return told;
            }

            await Task.Delay(5);
        }
    }

    private static async Task TellFailureAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"One event loop: {e}");
        }
    }

    private async Task<object> ChoicesAsync(JsonElement interaction)
    {
        var typed = Option(interaction);
        var cohorts = await OriginalAutocomplete.ChooseAsync(_database, typed.ValueKind == JsonValueKind.String ? typed.GetString()! : "", CancellationToken.None);
        return new { type = 8, data = new { choices = cohorts.Select(c => new { name = $"Cohort {c.Value}", value = c.Value }) } };
    }

    private async Task<string> ListAsync()
    {
        await using var connection = await _database.OpenConnectionAsync();
        var cohorts = await connection.QueryAsync<(int Cohort, string Status, long People)>(
            "SELECT cohort_id, grouping_status::text, count(*) FROM courses_users GROUP BY 1, 2");
        return string.Create(CultureInfo.InvariantCulture, $"{cohorts.Select(c => c.Cohort).Distinct().Count()} cohorts");
    }

    private async Task<string> ScheduleAsync(int cohort)
    {
        await using var connection = await _database.OpenConnectionAsync();
        var people = (await connection.QueryAsync<(int Id, string Name, string Role, string Timezone, string Hours, string? IfNeeded, int Most)>(
            """
            SELECT user_id, nickname, cohort_role::text, timezone, availability_utc, if_needed_availability_utc,
                   coalesce((SELECT max(max_active_groups) FROM facilitators WHERE facilitators.user_id = users.user_id), 1)
              FROM courses_users JOIN users USING (user_id)
             WHERE cohort_id = @cohort AND grouping_status = 'awaiting_grouping'
             ORDER BY user_id
            """,
            new { cohort })).ToList();
        var problem = new Problem
        {
            Name = "cohort",
            People =
            [
                .. people.Select(p => new Person(
                    p.Id.ToString(CultureInfo.InvariantCulture), p.Name, p.Role == "facilitator" ? Role.Facilitator : Role.Participant,
                    p.Timezone, p.Hours, p.IfNeeded ?? "", p.Most)),
            ],
        };
        var formed = OriginalSearch.Run(problem, SearchLimit);
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var (meeting, number) in formed.Select((m, i) => (m, i + 1)))
        {
            var group = await connection.ExecuteScalarAsync<int>(
                "INSERT INTO groups (cohort_id, group_name, status) VALUES (@cohort, @name, 'forming') RETURNING group_id",
                new { cohort, name = string.Create(CultureInfo.InvariantCulture, $"Group {number}") });
            foreach (var member in meeting.Participants.Concat(meeting.Leader is { } leader ? [leader] : []))
            {
                await connection.ExecuteAsync(
                    "INSERT INTO groups_users (group_id, user_id, role, status) VALUES (@group, @user, @role::group_user_role, 'active')",
                    new { group, user = people[member].Id, role = people[member].Role });
            }
        }

        await connection.ExecuteAsync("UPDATE courses_users SET grouping_status = 'grouped' WHERE cohort_id = @cohort", new { cohort });
        await transaction.CommitAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{formed.Count} groups");
    }

    private static JsonElement Option(JsonElement interaction) => interaction.GetProperty("data").GetProperty("options")[0].GetProperty("value");

    /// <summary>One thread; what is awaited on it goes on on it.</summary>
    private sealed class Loop : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Work, object? State)> _work = [];
        private readonly Thread _thread;

        public Loop()
        {
            _thread = new Thread(Run) { IsBackground = true };
            _thread.Start();
        }

        public override void Post(SendOrPostCallback d, object? state) => _work.Add((d, state));

        public Task<T> RunAsync<T>(Func<Task<T>> work)
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(_ => _ = FollowAsync(), null);
            return done.Task;

            async Task FollowAsync()
            {
                try
                {
                    done.SetResult(await work());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            }
        }

        public void Dispose()
        {
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }

        private void Run()
        {
            SetSynchronizationContext(this);
            foreach (var (work, state) in _work.GetConsumingEnumerable())
                work(state);
        }
    }
}

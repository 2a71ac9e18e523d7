using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Cohorts.Discord;
using Cohorts.Hosting;
using NodaTime;

namespace Cohorts.Bot;

/// <summary>The bot as part of the server: its services, and the door for signed HTTP requests.</summary>
public static partial class BotServices
{
    /// <summary>Largest body that Discord sends by far.</summary>
    private const int LargestBody = 1_000_000;

    public static IServiceCollection AddBot(this IServiceCollection services, DiscordSettings settings)
    {
        foreach (var module in typeof(BotServices).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ISlashModule))))
            services.AddSingleton(typeof(ISlashModule), module);
        return services
            .AddDiscord(settings)
            .AddSingleton<Inbox>()
            .AddSingleton<InteractionRouter>()
            .AddSingleton<CommandRegistration>()
            .AddSingleton<BotGuilds>()
            .AddSingleton<GuildService>()
            .AddSingleton<Happenings>()
            .AddHostedService(provider => provider.GetRequiredService<InteractionRouter>())
            .AddSingleton<GatewayKeeper>()
            .AddHostedService(provider => provider.GetRequiredService<GatewayKeeper>())
            .AddHostedService<BotTroubles>();
    }

    /// <summary>How long Discord may take to read an answer that was written to it.</summary>
    private static readonly TimeSpan PatienceWithDiscord = TimeSpan.FromSeconds(3);

    /// <summary>Where Discord posts interactions once the application's endpoint is set to this server's address.</summary>
    public static void MapInteractions(this IEndpointRouteBuilder web, InteractionPublicKey key) => web.MapPost(
        "/discord/interactions",
        async (HttpRequest request, InteractionRouter router, DiscordRest discord, TimeProvider clock, IClock day, ILogger<InteractionRouter> log, CancellationToken cancellation) =>
        {
            if (request.ContentLength is null or > LargestBody)
                return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancellation);
            var verdict = InteractionSignature.Verify(
                key,
                request.Headers[InteractionSignature.SignatureHeader],
                request.Headers[InteractionSignature.TimestampHeader],
                body.GetBuffer().AsSpan(0, (int)body.Length),
                day.GetCurrentInstant().ToDateTimeOffset(),
                InteractionSignature.DefaultOldest);
            if (verdict == SignatureVerdict.Stale)
            {
                // Signed by Discord, as the check before says: either recorded and sent again, or one of the two clocks is wrong.
                ClockIsWrong(log, day.GetCurrentInstant().ToUnixTimeSeconds() - long.Parse(request.Headers[InteractionSignature.TimestampHeader]!, CultureInfo.InvariantCulture));
                return Results.Text(
                    "The request was signed at another time than this server's clock shows. If it was sent just now, that clock is wrong.",
                    "text/plain", Encoding.UTF8, StatusCodes.Status401Unauthorized);
            }

            if (verdict != SignatureVerdict.Valid)
                return Results.Unauthorized();

            Interaction interaction;
            try
            {
                interaction = Interaction.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
            }
            catch (JsonException)
            {
                return Results.BadRequest();
            }

            var first = new TaskCompletionSource<InteractionResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
            var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            request.HttpContext.Response.OnCompleted(() =>
            {
                written.TrySetResult();
                return Task.CompletedTask;
            });
            await router.ReceiveAsync(
                interaction,
                async (response, stop) =>
                {
                    first.TrySetResult(response);
                    if (!response.IsDeferred)
                        return;
                    await written.Task;
                    await IsAcknowledgedAsync(discord, interaction, clock, stop);
                },
                CancellationToken.None);
            // A known interaction gets no second answer: whoever recorded it gives the one.
            return await Task.WhenAny(first.Task, Task.Delay(TimeSpan.FromSeconds(3), clock, cancellation)) == first.Task
                ? Results.Text(first.Task.Result.ToJson().ToJsonString(), "application/json", Encoding.UTF8)
                : Results.StatusCode(StatusCodes.Status202Accepted);
        });

    /// <summary>
    /// That an answer was written does not say that Discord has read it: what is edited before is unknown to Discord, and where the
    /// connection broke, the person was told that the command failed.
    /// </summary>
    /// <exception cref="DiscordException">Discord does not know of it in time.</exception>
    private static async Task IsAcknowledgedAsync(DiscordRest discord, Interaction interaction, TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        for (var wait = TimeSpan.FromMilliseconds(10); ; wait *= 2)
        {
            try
            {
                await discord.GetOriginalResponseAsync(interaction.ApplicationId, interaction.Token, cancellation);
                return;
            }
            catch (DiscordException e) when (e.Status == HttpStatusCode.NotFound && clock.GetElapsedTime(started) < PatienceWithDiscord)
            {
                await Task.Delay(wait, clock, cancellation);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A request that Discord signed was refused, because this machine's clock differs by {Seconds} s from its time: set the clock by NTP, or commands by HTTP go on being refused")]
    private static partial void ClockIsWrong(ILogger log, long seconds);
}

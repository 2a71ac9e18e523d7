using System.Text;
using System.Text.Json;
using Cohorts.Discord;

namespace Cohorts.Bot;

/// <summary>The bot as part of the server: its services, and the door for signed HTTP requests.</summary>
public static class BotServices
{
    /// <summary>Largest body that Discord sends by far.</summary>
    private const int LargestBody = 1_000_000;

    public static IServiceCollection AddBot(this IServiceCollection services, DiscordSettings settings)
    {
        foreach (var module in typeof(BotServices).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ISlashModule))))
            services.AddSingleton(typeof(ISlashModule), module);
        return services
            .AddSingleton(settings)
            .AddSingleton(provider => new DiscordRest(
                new DiscordRestOptions { Token = settings.Token, BaseAddress = settings.ApiBaseUrl },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<DiscordRest>>()))
            .AddSingleton<Inbox>()
            .AddSingleton<InteractionRouter>()
            .AddSingleton<CommandRegistration>()
            .AddHostedService(provider => provider.GetRequiredService<InteractionRouter>())
            .AddHostedService<GatewayKeeper>();
    }

    /// <summary>Where Discord posts interactions once the application's endpoint is set to this server's address.</summary>
    public static void MapInteractions(this IEndpointRouteBuilder web, InteractionPublicKey key) => web.MapPost(
        "/discord/interactions",
        async (HttpRequest request, InteractionRouter router, TimeProvider clock, CancellationToken cancellation) =>
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
                clock.GetUtcNow(),
                InteractionSignature.DefaultOldest);
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
            await router.ReceiveAsync(
                interaction,
                (response, _) =>
                {
                    first.TrySetResult(response);
                    return Task.CompletedTask;
                },
                CancellationToken.None);
            // A known interaction gets no second answer: whoever recorded it gives the one.
            return await Task.WhenAny(first.Task, Task.Delay(TimeSpan.FromSeconds(3), clock, cancellation)) == first.Task
                ? Results.Text(first.Task.Result.ToJson().ToJsonString(), "application/json", Encoding.UTF8)
                : Results.StatusCode(StatusCodes.Status202Accepted);
        });
}

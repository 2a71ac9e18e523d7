using System.Net;
using Cohorts.Discord.Simulator.Control;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Page;
using Cohorts.Discord.Simulator.Rest;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Cohorts.Discord.Simulator;

/// <summary>A running simulator. It holds everything in memory; when it is disposed of, all is forgotten.</summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private const long LargestRequest = 110L * 1024 * 1024;

    private readonly WebApplication host;
    private readonly World simulated;
    private readonly HttpClient http;

    private SimulatorServer(WebApplication host, World simulated, HttpClient http)
    {
        this.host = host;
        this.simulated = simulated;
        this.http = http;
    }

    /// <summary>Where it listens, such as http://127.0.0.1:8484/.</summary>
    public Uri Address => simulated.PublicAddress;

    /// <summary>The clock that everything in it goes by.</summary>
    public SimulatorClock Clock => simulated.Clock;

    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<SimulatorServer> StartAsync(SimulatorOptions options, CancellationToken stop = default)
    {
        if (options is not { RateFactor: > 0, PatienceFactor: >= 1 and < 10_000, Guilds: >= 1, Members: >= 0 })
        {
            throw new ArgumentOutOfRangeException(nameof(options), options, "A rate factor above 0, a patience factor of 1 to 10000, one guild or more, and no negative number of members are needed.");
        }

        var world = new World(new SimulatorClock(), options);
        for (var i = 0; i < options.Guilds; i++)
        {
            Founding.Found(world, i == 0 ? "Cohorts try-out" : $"Cohorts try-out {i + 1}", options.Members, atStart: true);
        }

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LargestRequest);
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning)
            // That it cannot listen is said by whoever started it, once and without a stack trace.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.AddSingleton<IHostLifetime, LifeOfItsStarter>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.Configure<Microsoft.AspNetCore.Http.Features.FormOptions>(form => form.MultipartBodyLengthLimit = LargestRequest);
        var app = builder.Build();

        var toEndpoint = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = world.FirstAnswer };
        var rates = new RateLimits(world.Clock, options.RateFactor);
        var log = new CallLog();
        var faults = new Faults();
        var router = new Router(world, rates, log, faults, toEndpoint, options.OnCall);
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.Use((context, next) => world.Hub.IsDown && (context.WebSockets.IsWebSocketRequest || context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
            ? DownAsync(context)
            : next(context));
        app.Use((context, next) => context.WebSockets.IsWebSocketRequest && context.Request.Path.Value?.TrimEnd('/') is "" or "/gateway" or "/gateway/resume"
            ? Accept(context, world, app.Lifetime.ApplicationStopping)
            : next(context));
        app.Map("/api/v10/{**path}", (HttpContext context, string? path) => router.Handle(context, path ?? ""));
        new ControlApi(world, rates, log, faults, toEndpoint).Map(app, app.Lifetime.ApplicationStopping);
        PageFiles.Map(app, world);

        await app.StartAsync(stop);
        world.PublicAddress = AddressOf(app);
        _ = Age(world, app.Lifetime.ApplicationStopping);
        return new SimulatorServer(app, world, toEndpoint);
    }

    public Task WaitForShutdownAsync(CancellationToken stop) => host.WaitForShutdownAsync(stop);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        await host.DisposeAsync();
        http.Dispose();
        simulated.Dispose();
    }

    /// <summary>As the proxy before Discord says it.</summary>
    private static Task DownAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync("<html><title>503 Service Unavailable</title></html>", context.RequestAborted);
    }

    private static async Task Accept(HttpContext context, World world, CancellationToken stopping)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var connection = new GatewayConnection(world, socket, stopping);
        var query = context.Request.Query;
        await connection.Run(
            query.TryGetValue("v", out var v) ? v.ToString() : "10",
            query.TryGetValue("encoding", out var encoding) ? encoding.ToString() : "json",
            query.TryGetValue("compress", out var compress) ? compress.ToString() : null);
    }

    /// <summary>Events begin and are given up also while nobody calls.</summary>
    private static async Task Age(World world, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                world.Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>
    /// Ctrl-C is for whoever started it. A web server by itself also listens for it, and would be gone before the program knows why.
    /// </summary>
    private sealed class LifeOfItsStarter : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>The first address it listens at, in a form that a client on this machine can use.</summary>
    private static Uri AddressOf(WebApplication app)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var address = new Uri(bound.Replace("//+", "//0.0.0.0", StringComparison.Ordinal).Replace("//*", "//0.0.0.0", StringComparison.Ordinal));
        return IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? new UriBuilder(address) { Host = "127.0.0.1" }.Uri
            : address;
    }
}

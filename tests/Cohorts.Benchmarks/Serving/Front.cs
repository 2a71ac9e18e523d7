using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Cohorts.Benchmarks.Serving;

/// <summary>The one address that Discord knows, before several servers: each request goes to the next of them, as it came.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly IReadOnlyList<Uri> _servers;
    private readonly HttpClient _http = new();
    private readonly WebApplication _web;
    private int _next;

    private Front(IReadOnlyList<Uri> servers)
    {
        _servers = servers;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.Run(PassOnAsync);
    }

    public Uri Address => new(_web.Urls.First());

    public static async Task<Front> StartAsync(IReadOnlyList<Uri> servers)
    {
        var front = new Front(servers);
        await front._web.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassOnAsync(HttpContext context)
    {
        var server = _servers[(Interlocked.Increment(ref _next) & int.MaxValue) % _servers.Count];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, context.Request.Path.Value));
        request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (name.StartsWith("X-Signature", StringComparison.OrdinalIgnoreCase))
                request.Headers.TryAddWithoutValidation(name, values.ToArray());
            else if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        using var answer = await _http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        if (answer.StatusCode != HttpStatusCode.NoContent)
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}

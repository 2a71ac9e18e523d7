using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Gateway;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Interactions;

/// <summary>Brings interactions to the application: over the gateway, or once it has named an endpoint by signed HTTP POST.</summary>
internal static class Delivery
{
    /// <summary>Called under the gate. The POST, where there is one, goes on after it is let go.</summary>
    public static void Send(World world, HttpClient http, Interaction interaction, CancellationToken stop)
    {
        world.InteractionsByToken.Add(interaction.Token, interaction);
        var payload = interaction.Payload(world);
        if (world.Application.InteractionsEndpoint is { } endpoint)
        {
            _ = Task.Run(() => Post(world, http, endpoint, interaction, payload.ToJsonString(), stop), stop);
        }
        else if (world.Hub.HasSessions)
        {
            world.Hub.Dispatch("INTERACTION_CREATE", Intents.None, payload);
        }
        else
        {
            interaction.Failure = "The bot is not connected to the gateway.";
        }
    }

    /// <summary>
    /// Tries an endpoint as Discord does when it is set: a signed ping must be ponged, a ping with a wrong signature must be
    /// refused with 401. Answers what is wrong with it, or null.
    /// </summary>
    public static async Task<string?> Verify(World world, HttpClient http, Uri endpoint, CancellationToken stop)
    {
        try
        {
            var ping = new JsonObject
            {
                ["id"] = world.Ids.Next().ToString(),
                ["application_id"] = world.Application.Id.ToString(),
                ["type"] = (int)InteractionType.Ping,
                ["token"] = "ping",
                ["version"] = 1,
            }.ToJsonString();
            using var forged = await PostSigned(world, http, endpoint, ping, forge: true, stop);
            if (forged.StatusCode != HttpStatusCode.Unauthorized)
            {
                return $"a ping with a wrong signature was answered {(int)forged.StatusCode} instead of 401.";
            }

            using var answer = await PostSigned(world, http, endpoint, ping, forge: false, stop);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return $"a ping was answered {(int)answer.StatusCode} instead of 200.";
            }

            using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(stop), cancellationToken: stop);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.Number && type.GetInt32() == (int)CallbackType.Pong
                ? null
                : "a ping was not answered with {\"type\": 1}.";
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return $"it could not be reached: {e.Message}";
        }
    }

    private static async Task Post(World world, HttpClient http, Uri endpoint, Interaction interaction, string payload, CancellationToken stop)
    {
        string? failure = null;
        try
        {
            using var answer = await PostSigned(world, http, endpoint, payload, forge: false, stop);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(stop), cancellationToken: stop);
                lock (world.Gate)
                {
                    Callbacks.Respond(world, interaction, Form.Of(body.RootElement), []);
                }
            }
            else if (answer.StatusCode is not (HttpStatusCode.Accepted or HttpStatusCode.NoContent))
            {
                failure = $"The endpoint answered {(int)answer.StatusCode}.";
            }
        }
        catch (Refused e)
        {
            failure = $"The endpoint's answer was refused: {e.Body().ToJsonString()}";
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException)
        {
            failure = $"The endpoint could not be reached or did not answer with JSON: {e.Message}";
        }

        lock (world.Gate)
        {
            interaction.Failure ??= interaction.Answered is null ? failure : null;
        }

        world.Pulse();
    }

    private static async Task<HttpResponseMessage> PostSigned(World world, HttpClient http, Uri endpoint, string body, bool forge, CancellationToken stop)
    {
        var timestamp = world.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-Signature-Timestamp", timestamp);
        request.Headers.Add("X-Signature-Ed25519", world.Application.Sign(Encoding.UTF8.GetBytes(forge ? timestamp + body + " " : timestamp + body)));
        request.Headers.UserAgent.ParseAdd("Discord-Interactions/1.0 (+https://discord.com)");
        return await http.SendAsync(request, stop);
    }
}

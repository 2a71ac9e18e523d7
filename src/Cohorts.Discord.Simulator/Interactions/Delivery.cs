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
            var ping = Ping(world).ToJsonString();
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

            using var body = JsonText.Parse(await answer.Content.ReadAsByteArrayAsync(stop));
            return Form.Of(body.RootElement).Whole("type", 0, int.MaxValue) == (int)CallbackType.Pong
                ? null
                : "a ping was not answered with {\"type\": 1}.";
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return $"it could not be reached: {e.Message}";
        }
    }

    /// <summary>With the fields that a ping of the live service has: no guild, channel or language, and Discord's own system user.</summary>
    private static JsonObject Ping(World world)
    {
        lock (world.Gate)
        {
            return new JsonObject
            {
                ["app_permissions"] = Render.Bits(Permission.EmbedLinks | Permission.AttachFiles | Permission.MentionEveryone | Permission.SendPolls),
                ["application_id"] = world.Application.Id.ToString(),
                ["attachment_size_limit"] = 500 * 1024 * 1024,
                ["authorizing_integration_owners"] = new JsonObject(),
                ["entitlements"] = new JsonArray(),
                ["id"] = world.Ids.Next().ToString(),
                ["token"] = Interaction.NewToken(),
                ["type"] = (int)InteractionType.Ping,
                ["user"] = new JsonObject
                {
                    ["id"] = "643945264868098049",
                    ["username"] = "discord",
                    ["avatar"] = null,
                    ["discriminator"] = "0000",
                    ["public_flags"] = 1,
                    ["bot"] = true,
                    ["system"] = true,
                    ["global_name"] = "Discord",
                    ["primary_guild"] = null,
                },
                ["version"] = 1,
            };
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
                using var body = JsonText.Parse(await answer.Content.ReadAsByteArrayAsync(stop));
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

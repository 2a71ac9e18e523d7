using System.Text;
using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What a control request is answered with.</summary>
internal static class Answer
{
    public static JsonObject Said(string message) => new() { ["message"] = message };

    public static IResult Json(JsonNode body, int status = 200) => Results.Content(body.ToJsonString(), "application/json", Encoding.UTF8, status);
}

using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

internal static class Guilds
{
    public static Answer Get(Call call) => Answer.Ok(Render.Guild(call.Guild(), call.Asks("with_counts")));

    public static Answer AuditLog(Call call)
    {
        var guild = call.Guild();
        call.Demand(guild, Permission.ViewAuditLog);
        return Answer.Ok(new JsonObject
        {
            ["audit_log_entries"] = Entries(Asked(call, guild.AuditLog).Take(call.Limit(50, 100))),
            ["users"] = Render.List([call.Bot], Render.User),
            ["integrations"] = new JsonArray(),
            ["webhooks"] = new JsonArray(),
            ["guild_scheduled_events"] = new JsonArray(),
            ["threads"] = new JsonArray(),
            ["application_commands"] = new JsonArray(),
            ["auto_moderation_rules"] = new JsonArray(),
        });
    }

    public static JsonArray Entries(IEnumerable<AuditEntry> entries) => Render.List(entries, entry =>
    {
        var json = new JsonObject
        {
            ["id"] = entry.Id.ToString(),
            ["action_type"] = entry.Action,
            ["user_id"] = entry.UserId.ToString(),
            ["target_id"] = entry.TargetId?.ToString(),
        };
        if (entry.Changes.Count > 0)
        {
            json["changes"] = Render.List(entry.Changes, Change);
        }

        if (entry.Options is { } options)
        {
            json["options"] = new JsonObject(options.Select(option => KeyValuePair.Create(option.Key, (JsonNode?)option.Value)));
        }

        if (entry.Reason is { } reason)
        {
            json["reason"] = reason;
        }

        return json;
    });

    /// <summary>Newest first; oldest first where the query asks for what came after an entry.</summary>
    private static IEnumerable<AuditEntry> Asked(Call call, IReadOnlyList<AuditEntry> log)
    {
        var (before, after) = (call.QueryId("before"), call.QueryId("after"));
        var (user, target, action) = (call.QueryId("user_id"), call.QueryId("target_id"), call.QueryWhole("action_type", 1, int.MaxValue));
        var entries = log.Where(entry => (before is null || entry.Id < before) && (after is null || entry.Id > after)
            && (user is null || entry.UserId == user) && (target is null || entry.TargetId == target) && (action is null || entry.Action == action));
        return after is null ? entries.Reverse() : entries;
    }

    private static JsonObject Change(AuditChange change)
    {
        var json = new JsonObject { ["key"] = change.Key };
        if (change.Old is not null)
        {
            json["old_value"] = change.Old.DeepClone();
        }

        if (change.New is not null)
        {
            json["new_value"] = change.New.DeepClone();
        }

        return json;
    }
}

using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The <c>changes</c> of an audit log entry, documented under "Audit Log Change Object".</summary>
internal static class AuditChanges
{
    /// <summary>What says which object it is, or follows from others, is no change.</summary>
    private static readonly string[] NoChange = ["id", "guild_id", "last_message_id", "creator", "creator_id", "user", "joined_at", "roles"];

    /// <summary>Every field in which two renderings of one object differ. Null before is a creation, null after a deletion.</summary>
    public static IReadOnlyList<AuditChange> Between(JsonObject? before, JsonObject? after)
    {
        var changes = new List<AuditChange>();
        foreach (var key in (before ?? []).Select(field => field.Key).Union((after ?? []).Select(field => field.Key)).Except(NoChange))
        {
            var (old, now) = (before?[key], after?[key]);
            if (!JsonNode.DeepEquals(old, now))
            {
                changes.Add(new AuditChange(key, old?.DeepClone(), now?.DeepClone()));
            }
        }

        return changes;
    }
}

using System.Text.Json.Nodes;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>Complaints about the fields of a body, nested as the fields are.</summary>
internal sealed class FormErrors
{
    private readonly JsonObject root = [];

    public bool Any => root.Count > 0;

    /// <param name="name">
    /// Discord's name for the complaint. The live service sends it as the complaint's code; Discord's OpenAPI description,
    /// which every answer here is held to, types that code as an integer, so 50035 is sent in its place.
    /// </param>
    public void Add(string path, string name, string message)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var node = root;
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node.ContainsKey("_errors"))
            {
                // Described: a field has complaints of its own, or its parts have them.
                return;
            }

            if (node[part] is not JsonObject child)
            {
                child = [];
                node[part] = child;
            }

            node = child;
        }

        if (node["_errors"] is not JsonArray errors)
        {
            if (node.Count > 0)
            {
                return;
            }

            errors = [];
            node["_errors"] = errors;
        }

        errors.Add(new JsonObject { ["code"] = 50035, ["message"] = message });
    }

    public Refused As(int status, int code, string message) => new(status, code, message, root);

    public void ThrowIfAny()
    {
        if (Any)
        {
            throw As(400, 50035, "Invalid Form Body");
        }
    }

    public static Refused Of(string path, string name, string message)
    {
        var errors = new FormErrors();
        errors.Add(path, name, message);
        return errors.As(400, 50035, "Invalid Form Body");
    }
}

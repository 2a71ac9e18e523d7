using System.Text.Json;

namespace Cohorts.Discord;

/// <summary>
/// JSON that databases and other programs take as well: without NUL, halves of characters and numbers beyond a double, all of which JSON's
/// grammar allows and <c>jsonb</c> and UTF-16 do not. Discord sends none of them.
/// </summary>
internal static class StorableJson
{
    /// <exception cref="JsonException">It holds one; the text does not repeat the content.</exception>
    public static void Check(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    CheckText(() => member.Name);
                    Check(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    Check(item);
                break;
            case JsonValueKind.String:
                CheckText(() => json.GetString()!);
                break;
            case JsonValueKind.Number when !json.TryGetDouble(out var number) || !double.IsFinite(number):
                throw new JsonException("A number beyond what can be stored.");
        }
    }

    private static void CheckText(Func<string> read)
    {
        string text;
        try
        {
            text = read();
        }
        catch (InvalidOperationException e)
        {
            // How System.Text.Json tells an escaped half of a character.
            throw new JsonException("A text that holds half a character.", e);
        }

        if (text.Contains('\0', StringComparison.Ordinal))
            throw new JsonException("A text that holds a NUL.");
    }
}

using System.Text.Json.Nodes;
using NSec.Cryptography;

namespace Cohorts.Discord.Simulator.Model;

/// <summary>The application whose bot everybody is who sends a token.</summary>
internal sealed class Application : IDisposable
{
    private readonly Key key = Key.Create(SignatureAlgorithm.Ed25519);

    public Application(Snowflake id, User bot)
    {
        Id = id;
        Bot = bot;
        PublicKey = Convert.ToHexStringLower(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    public Snowflake Id { get; }
    public User Bot { get; }
    public string Description { get; set; } = "";

    /// <summary>32 bytes in hexadecimal: what a receiver of signed interactions checks them with.</summary>
    public string PublicKey { get; }

    /// <summary>Where interactions are posted to; null while the gateway gets them.</summary>
    public Uri? InteractionsEndpoint { get; set; }

    /// <summary>Whether the privileged intents are switched on in the developer portal.</summary>
    public bool PrivilegedIntents { get; set; } = true;

    /// <summary>"Public Bot" in the developer portal, on for a new application: anybody may add the bot to a server of theirs.</summary>
    public bool BotPublic { get; set; } = true;

    public List<JsonObject> Commands { get; } = [];

    /// <summary>GATEWAY_GUILD_MEMBERS_LIMITED and GATEWAY_MESSAGE_CONTENT_LIMITED.</summary>
    public int Flags => PrivilegedIntents ? (1 << 15) | (1 << 19) : 0;

    /// <summary>The signature over timestamp and body, in hexadecimal, as X-Signature-Ed25519 carries it.</summary>
    public string Sign(ReadOnlySpan<byte> timestampAndBody) =>
        Convert.ToHexStringLower(SignatureAlgorithm.Ed25519.Sign(key, timestampAndBody));

    public void Dispose() => key.Dispose();
}

using System.Text.Json.Serialization;

namespace Cohorts.Discord;

[Flags]
public enum MessageFlags
{
    None = 0,
    SuppressEmbeds = 1 << 2,
    /// <summary>Seen by the user of the interaction only. Fixed when the answer is made or deferred.</summary>
    Ephemeral = 1 << 6,
    /// <summary>A deferred answer that has no content yet.</summary>
    Loading = 1 << 7,
    SuppressNotifications = 1 << 12,
}

public sealed record Message
{
    public required Snowflake Id { get; init; }

    public Snowflake ChannelId { get; init; }

    public User? Author { get; init; }

    public string Content { get; init; } = "";

    public DateTimeOffset Timestamp { get; init; }

    public DateTimeOffset? EditedTimestamp { get; init; }

    public IReadOnlyList<Embed> Embeds { get; init; } = [];

    public IReadOnlyList<Component> Components { get; init; } = [];

    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    public IReadOnlyList<User> Mentions { get; init; } = [];

    public MessageFlags? Flags { get; init; }

    /// <summary>As it was sent; a text or a number.</summary>
    public System.Text.Json.JsonElement? Nonce { get; init; }

    /// <summary>Who ran the command that this message answers.</summary>
    public MessageInteraction? InteractionMetadata { get; init; }
}

/// <param name="Id">Of the interaction that the message answers.</param>
public sealed record MessageInteraction(Snowflake Id, User? User);

public sealed record Attachment
{
    public required Snowflake Id { get; init; }

    public string Filename { get; init; } = "";

    public long Size { get; init; }

    public string? Url { get; init; }

    public string? ContentType { get; init; }

    public string? Description { get; init; }
}

/// <summary>A box with a coloured edge. Its limits: <see cref="EmbedLimits"/>.</summary>
public sealed record Embed
{
    public string? Title { get; init; }

    public string? Description { get; init; }

    public string? Url { get; init; }

    /// <summary>0xRRGGBB.</summary>
    public int? Color { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public EmbedFooter? Footer { get; init; }

    public EmbedAuthor? Author { get; init; }

    public IReadOnlyList<EmbedField>? Fields { get; init; }
}

public sealed record EmbedField(string Name, string Value, bool? Inline = null);

public sealed record EmbedFooter(string Text);

public sealed record EmbedAuthor(string Name);

/// <summary>
/// Whom a message may notify, whatever its text holds. <c>@everyone</c>, <c>@here</c> and roles cannot be expressed: no text of this
/// library's users is worth the risk that a name in it calls a whole server.
/// </summary>
public sealed record AllowedMentions
{
    public const int MostUsers = 100;

    private AllowedMentions(IReadOnlyList<Snowflake>? users) => Users = users;

    [JsonConstructor]
    internal AllowedMentions(IReadOnlyList<string> parse, IReadOnlyList<Snowflake>? users)
        : this(users) => Parse = parse;

    public static AllowedMentions None { get; } = new(users: null);

    /// <summary>What Discord may read from the text by itself: nothing.</summary>
    [JsonInclude]
    public IReadOnlyList<string> Parse { get; private init; } = [];

    [JsonInclude]
    public IReadOnlyList<Snowflake>? Users { get; private init; }

    /// <exception cref="ArgumentException">More than 100 users.</exception>
    public static AllowedMentions Of(IEnumerable<Snowflake> users)
    {
        var distinct = users.Distinct().ToArray();
        return distinct.Length <= MostUsers
            ? new AllowedMentions(distinct)
            : throw new ArgumentException($"One message notifies at most {MostUsers} users; these are {distinct.Length}.", nameof(users));
    }
}

/// <summary>A file that goes with a message.</summary>
/// <param name="FileName">As Discord shows it; without a path.</param>
/// <param name="ContentType">For example <c>text/csv</c>.</param>
/// <param name="Description">Alternative text, at most 1024 units.</param>
public sealed record FileUpload(string FileName, ReadOnlyMemory<byte> Content, string ContentType, string? Description = null);

/// <summary>
/// A message to send, or what to change of one: what is null is left as it is. An empty list takes embeds or components away.
/// </summary>
public sealed record OutgoingMessage
{
    /// <summary>At most 2000 UTF-16 units.</summary>
    public string? Content { get; init; }

    /// <summary>At most 10, and 6000 units over all of them.</summary>
    public IReadOnlyList<Embed>? Embeds { get; init; }

    /// <summary>At most 5 rows of 5 buttons.</summary>
    public IReadOnlyList<Component>? Components { get; init; }

    /// <summary>Always sent: nobody is notified unless named here.</summary>
    public AllowedMentions AllowedMentions { get; init; } = AllowedMentions.None;

    public MessageFlags? Flags { get; init; }

    /// <summary>At most 10.</summary>
    [JsonIgnore]
    public IReadOnlyList<FileUpload> Files { get; init; } = [];

    /// <summary>When a message is edited: those of its attachments that stay. Null leaves all; new files come in addition.</summary>
    [JsonIgnore]
    public IReadOnlyList<Snowflake>? KeepAttachments { get; init; }
}

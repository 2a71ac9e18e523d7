namespace Cohorts.Discord;

/// <summary>Discord's limits of embeds, in UTF-16 units.</summary>
public static class EmbedLimits
{
    public const int Title = 256;
    public const int Description = 4096;
    public const int Fields = 25;
    public const int FieldName = 256;
    public const int FieldValue = 1024;
    public const int Footer = 2048;
    public const int Author = 256;

    /// <summary>Over all embeds of one message together.</summary>
    public const int Message = 6000;

    public const int EmbedsPerMessage = 10;

    /// <summary>Discord refuses a field without name or value; this shows as nothing.</summary>
    private const string Blank = "\u200b";

    /// <summary>What Discord counts towards the 6000.</summary>
    public static int Units(Embed embed) =>
        (embed.Title?.Length ?? 0)
        + (embed.Description?.Length ?? 0)
        + (embed.Footer?.Text.Length ?? 0)
        + (embed.Author?.Name.Length ?? 0)
        + (embed.Fields ?? []).Sum(Units);

    /// <summary>What Discord would refuse, each as a sentence; empty when a message may carry these embeds.</summary>
    public static IReadOnlyList<string> Problems(IReadOnlyList<Embed> embeds)
    {
        var problems = new List<string>();
        if (embeds.Count > EmbedsPerMessage)
            problems.Add($"{embeds.Count} embeds; a message carries {EmbedsPerMessage}.");
        foreach (var embed in embeds)
        {
            Check("title", embed.Title, Title);
            Check("description", embed.Description, Description);
            Check("footer", embed.Footer?.Text, Footer);
            Check("author", embed.Author?.Name, Author);
            if (embed.Fields?.Count > Fields)
                problems.Add($"{embed.Fields.Count} fields; an embed has {Fields}.");
            foreach (var field in embed.Fields ?? [])
            {
                Check("field's name", field.Name, FieldName);
                Check("field's value", field.Value, FieldValue);
                if (string.IsNullOrWhiteSpace(field.Name) || string.IsNullOrWhiteSpace(field.Value))
                    problems.Add("A field without name or value.");
            }
        }
        var units = embeds.Sum(Units);
        if (units > Message)
            problems.Add($"{units} units over all embeds; a message carries {Message}.");
        return problems;

        void Check(string what, string? text, int longest)
        {
            if (text?.Length > longest)
                problems.Add($"A {what} of {text.Length} units; at most {longest} are allowed.");
        }
    }

    /// <summary>
    /// Spreads fields over as many embeds as they need, one for each message or page: each within every limit, each with the frame's title,
    /// description, colour and footer, the fields in their order, none left out. Single texts beyond their own limit are cut with an
    /// ellipsis.
    /// </summary>
    /// <param name="frame">Its own fields are ignored. Its texts take at most 4000 of the 6000 units; the description is cut to that.</param>
    /// <param name="fieldsPerPage">1 to 25.</param>
    /// <returns>At least one.</returns>
    public static IReadOnlyList<Embed> Pages(Embed frame, IEnumerable<EmbedField> fields, int fieldsPerPage = Fields)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fieldsPerPage, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fieldsPerPage, Fields);
        var fitted = FitFrame(frame);
        var room = Message - Units(fitted);
        var pages = new List<Embed>();
        var page = new List<EmbedField>();
        var used = 0;
        foreach (var field in fields.Select(Fit))
        {
            if (page.Count == fieldsPerPage || (used + Units(field) > room && page.Count > 0))
            {
                pages.Add(fitted with { Fields = page });
                (page, used) = ([], 0);
            }
            page.Add(field);
            used += Units(field);
        }
        if (page.Count > 0 || pages.Count == 0)
            pages.Add(fitted with { Fields = page.Count == 0 ? null : page });
        return pages;
    }

    private static Embed FitFrame(Embed frame)
    {
        // One field, the largest there may be, must fit beside the frame.
        const int MostOfFrame = 4000;
        var title = Cut(frame.Title, Title);
        var author = Cut(frame.Author?.Name, Author);
        var footer = Cut(frame.Footer?.Text, Footer);
        var left = MostOfFrame - (title?.Length ?? 0) - (author?.Length ?? 0) - (footer?.Length ?? 0);
        return frame with
        {
            Title = title,
            Author = author is null ? null : new EmbedAuthor(author),
            Footer = footer is null ? null : new EmbedFooter(footer),
            Description = Cut(frame.Description, Math.Min(Description, left)),
            Fields = null,
        };
    }

    private static EmbedField Fit(EmbedField field) =>
        new(Cut(Visible(field.Name), FieldName)!, Cut(Visible(field.Value), FieldValue)!, field.Inline);

    private static string Visible(string text) => string.IsNullOrWhiteSpace(text) ? Blank : text;

    private static string? Cut(string? text, int longest) => text is null ? null : DiscordText.Cut(text, longest);

    private static int Units(EmbedField field) => field.Name.Length + field.Value.Length;
}

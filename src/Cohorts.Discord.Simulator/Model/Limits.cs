namespace Cohorts.Discord.Simulator.Model;

/// <summary>Discord's documented limits, counted in UTF-16 units where they are lengths.</summary>
internal static class Limits
{
    public const int ChannelsPerGuild = 500;
    public const int ChannelsPerCategory = 50;
    public const int OverwritesPerCreate = 100;
    public const int OverwritesPerChannel = 1000;
    public const int RolesPerGuild = 250;
    public const int OpenEventsPerGuild = 100;
    public const int EventName = 100;
    public const int EventDescription = 1000;
    public const int ChannelName = 100;
    public const int TopicLength = 1024;

    /// <summary>In seconds: six hours.</summary>
    public const int SlowMode = 21_600;

    public const int Content = 2000;
    public const int Embeds = 10;
    public const int EmbedTotal = 6000;
    public const int EmbedTitle = 256;
    public const int EmbedDescription = 4096;
    public const int EmbedFields = 25;
    public const int EmbedFieldName = 256;
    public const int EmbedFieldValue = 1024;
    public const int EmbedFooter = 2048;
    public const int EmbedAuthor = 256;
    public const int Rows = 5;
    public const int ButtonsPerRow = 5;
    public const int CustomId = 100;
    public const int ButtonLabel = 80;
    public const int SelectOptions = 25;

    /// <summary>Of an option's label, value and description each.</summary>
    public const int SelectOption = 100;
    public const int Nonce = 25;
    public const int Attachments = 10;
    public const int AttachmentBytes = 10 * 1024 * 1024;
    public const int Commands = 100;
    public const int CommandName = 32;
    public const int CommandDescription = 100;
    public const int CommandOptions = 25;
    public const int Choices = 25;
    public const int ChoiceName = 100;
    public const int AuditReason = 512;
    public const int ApplicationDescription = 400;

    /// <summary>BYPASSES_VERIFICATION.</summary>
    public const int SettableMemberFlags = 1 << 2;

    public static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(28);

    /// <summary>Within this the first answer to an interaction must have come.</summary>
    public static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan InteractionToken = TimeSpan.FromMinutes(15);

    /// <summary>How long a nonce is remembered. Discord says "the past few minutes".</summary>
    public static readonly TimeSpan NonceMemory = TimeSpan.FromMinutes(5);

    /// <summary>When an event that nobody started is cancelled. Discord says "after a few hours".</summary>
    public static readonly TimeSpan UnstartedEvent = TimeSpan.FromHours(3);

    /// <summary>How long a session without a connection can be resumed. Discord names no number.</summary>
    public static readonly TimeSpan SessionMemory = TimeSpan.FromMinutes(5);
}

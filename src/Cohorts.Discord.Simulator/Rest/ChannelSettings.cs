using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>What a body says of a channel beside its name and place. A setting of another type of channel is refused, not dropped.</summary>
internal static class ChannelSettings
{
    /// <summary>The regions of GET /voice/regions; text is all that Discord's description asks of one.</summary>
    private const int LongestRegion = 32;

    public static void Read(Form form, Channel channel)
    {
        var isText = channel.Type == ChannelType.Text;
        var isVoice = channel.Type == ChannelType.Voice;
        if (Has(form, "topic", isText))
        {
            channel.Topic = form.Text("topic", Limits.TopicLength);
        }

        if (Has(form, "nsfw", isText || isVoice))
        {
            channel.Nsfw = form.Flag("nsfw") ?? channel.Nsfw;
        }

        if (Has(form, "rate_limit_per_user", isText || isVoice))
        {
            channel.SlowMode = (int)(form.Whole("rate_limit_per_user", 0, Limits.SlowMode) ?? 0);
        }

        if (Has(form, "bitrate", isVoice))
        {
            channel.Bitrate = (int)(form.Whole("bitrate", 8_000, 96_000) ?? channel.Bitrate);
        }

        if (Has(form, "user_limit", isVoice))
        {
            channel.UserLimit = (int)(form.Whole("user_limit", 0, 99) ?? 0);
        }

        if (Has(form, "rtc_region", isVoice))
        {
            channel.RtcRegion = form.Text("rtc_region", LongestRegion);
        }

        if (Has(form, "video_quality_mode", isVoice))
        {
            channel.VideoQuality = form.Choice("video_quality_mode", required: false, 1, 2);
        }

        if (Has(form, "default_auto_archive_duration", isText))
        {
            channel.AutoArchiveMinutes = form.Choice("default_auto_archive_duration", required: false, 60, 1440, 4320, 10_080);
        }

        if (Has(form, "default_thread_rate_limit_per_user", isText))
        {
            channel.ThreadSlowMode = (int?)form.Whole("default_thread_rate_limit_per_user", 0, Limits.SlowMode);
        }

        // Forums, threads, groups of direct messages and pictures.
        form.NotSimulated(
            "default_reaction_emoji", "default_sort_order", "default_forum_layout", "default_tag_setting", "available_tags",
            "archived", "locked", "invitable", "auto_archive_duration", "applied_tags", "icon");
        if (form.Whole("flags", 0, int.MaxValue) is > 0)
        {
            form.Fail("flags", "NOT_SIMULATED", "flags are not simulated.");
        }
    }

    /// <summary>Only between text and announcement channels can the type be changed, in a guild with the feature NEWS, which none here has.</summary>
    public static void ReadTypeOf(Form form, Channel channel)
    {
        if (form.Whole("type", 0, int.MaxValue) is { } type && type != (int)channel.Type)
        {
            form.Fail("type", "NOT_SIMULATED", "Changing the type of a channel is not simulated.");
        }
    }

    private static bool Has(Form form, string name, bool fits)
    {
        if (!fits && form.HasValue(name))
        {
            form.Fail(name, "CHANNEL_TYPE_INVALID", $"A channel of this type has no {name}.");
        }

        return fits && form.Has(name);
    }
}

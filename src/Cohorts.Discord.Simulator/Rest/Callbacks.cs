using System.Diagnostics;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Interactions;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The answers to interactions: the first one, and what follows by the token for fifteen minutes.</summary>
internal static class Callbacks
{
    public static Answer Answer(Call call)
    {
        var interaction = Known(call);
        if (interaction is null || interaction.Id != call.Id("interaction.id"))
        {
            throw Refused.UnknownInteraction();
        }

        Respond(call.World, interaction, call.Body, call.Files);
        if (!call.Asks("with_response"))
        {
            return Rest.Answer.NoContent;
        }

        var json = new JsonObject { ["interaction"] = new JsonObject { ["id"] = interaction.Id.ToString(), ["type"] = (int)interaction.Type } };
        if (interaction.Original is { } original && interaction.Answered is not CallbackType.Choices)
        {
            var about = json["interaction"]!.AsObject();
            about["response_message_id"] = original.Id.ToString();
            about["response_message_loading"] = original.Flags.HasFlag(MessageFlags.Loading);
            about["response_message_ephemeral"] = original.Flags.HasFlag(MessageFlags.Ephemeral);
            about["channel_id"] = interaction.Channel.Id.ToString();
            about["guild_id"] = interaction.Guild.Id.ToString();
            json["resource"] = new JsonObject { ["type"] = (int)interaction.Answered!.Value, ["message"] = Render.Message(call.World, original) };
        }

        return Rest.Answer.Ok(json);
    }

    /// <summary>The first answer, through whichever door it came.</summary>
    public static void Respond(World world, Interaction interaction, Form form, IReadOnlyList<Upload> files)
    {
        if (interaction.Answered is not null)
        {
            throw Refused.AlreadyAcknowledged();
        }

        if (interaction.Failure is not null || world.Now - interaction.CreatedAt > world.FirstAnswer)
        {
            throw Refused.UnknownInteraction();
        }

        int[] allowed = interaction.Type switch
        {
            InteractionType.Autocomplete => [8],
            InteractionType.Component => [4, 5, 6, 7],
            _ => [4, 5],
        };
        var type = (CallbackType?)form.Choice("type", required: true, allowed);
        form.Errors.ThrowIfAny();
        switch (type)
        {
            case CallbackType.Choices:
                interaction.Choices = ReadChoices(form, interaction);
                form.Errors.ThrowIfAny();
                break;
            case CallbackType.Update:
                Update(world, interaction, form, files);
                break;
            case CallbackType.DeferredUpdate:
                form.Object("data")?.NotSimulated("content", "embeds", "components", "attachments");
                form.Errors.ThrowIfAny();
                interaction.Original = interaction.Source;
                break;
            default:
                Create(world, interaction, type!.Value, form, files);
                break;
        }

        interaction.Answered = type;
        interaction.LastWriting = Stopwatch.GetTimestamp();
    }

    public static Answer FollowUp(Call call)
    {
        var interaction = Open(call);
        var draft = MessageDraft.Read(call.Body, call.Files, mayBeEphemeral: true);
        // Documented: not for the follow-ups of interactions.
        call.Body.NotSimulated("username", "avatar_url", "thread_name", "applied_tags");
        call.Body.Errors.ThrowIfAny();
        if (draft.IsEmpty)
        {
            throw Refused.EmptyMessage();
        }

        // The first follow-up of a deferred answer takes its place, and is ephemeral if that one was.
        if (interaction is { Answered: CallbackType.DeferredMessage, Original: { } waiting } && waiting.Flags.HasFlag(MessageFlags.Loading))
        {
            Messages.Change(call.World, interaction.Guild, interaction.Channel, waiting, draft);
            Written(interaction);
            return Rest.Answer.Ok(Render.Message(call.World, waiting));
        }

        var message = NewMessage(call.World, interaction, draft.Flags.HasFlag(MessageFlags.Ephemeral));
        draft.ApplyTo(message, call.World, interaction.Guild, interaction.Channel, call.World.BotIn(interaction.Guild));
        Messages.Post(call.World, interaction.Guild, interaction.Channel, message);
        Written(interaction);
        return Rest.Answer.Ok(Render.Message(call.World, message));
    }

    public static Answer Get(Call call) => Rest.Answer.Ok(Render.Message(call.World, Find(call, Open(call))));

    public static Answer Edit(Call call)
    {
        var interaction = Open(call);
        var message = Find(call, interaction);
        // An edit may name the flag that the message has.
        var draft = MessageDraft.Read(call.Body, call.Files, mayBeEphemeral: message.Flags.HasFlag(MessageFlags.Ephemeral));
        call.Body.Errors.ThrowIfAny();
        Messages.Change(call.World, interaction.Guild, interaction.Channel, message, draft);
        Written(interaction);
        return Rest.Answer.Ok(Render.Message(call.World, message));
    }

    public static Answer Delete(Call call)
    {
        var interaction = Open(call);
        Messages.Remove(call.World, interaction.Guild, interaction.Channel, Find(call, interaction));
        Written(interaction);
        return Rest.Answer.NoContent;
    }

    private static Interaction? Known(Call call) => call.World.InteractionsByToken.GetValueOrDefault(call.Value("interaction.token"));

    /// <summary>The interaction of a token that lives and has been answered once.</summary>
    private static Interaction Open(Call call)
    {
        if (call.Id("application.id") != call.World.Application.Id || Known(call) is not { } interaction)
        {
            throw Refused.UnknownWebhook();
        }

        if (call.World.Now - interaction.CreatedAt > Limits.InteractionToken)
        {
            throw Refused.InvalidWebhookToken();
        }

        return interaction.Answered is null or CallbackType.Choices ? throw Refused.UnknownWebhook() : interaction;
    }

    private static Message Find(Call call, Interaction interaction)
    {
        var message = call.RouteHas("message.id") ? interaction.Channel.Messages.GetValueOrDefault(call.Id("message.id")) : interaction.Original;
        return message is not null
            && interaction.Channel.Messages.ContainsKey(message.Id)
            && (message == interaction.Original || message.Interaction == interaction)
            ? message
            : throw Refused.UnknownMessage();
    }

    private static void Create(World world, Interaction interaction, CallbackType type, Form form, IReadOnlyList<Upload> files)
    {
        using var nothing = System.Text.Json.JsonDocument.Parse("{}");
        var data = form.Object("data") ?? new Form(nothing.RootElement, "data", form.Errors);
        var draft = MessageDraft.Read(data, files, mayBeEphemeral: true);
        var deferred = type == CallbackType.DeferredMessage;
        if (deferred)
        {
            // Of an answer that is to come later only its flags are taken.
            data.NotSimulated("content", "embeds", "components", "attachments", "tts");
            if (files.Count > 0)
            {
                data.Fail("files", "NOT_SIMULATED", "Files come with the answer, not with its announcement.");
            }
        }

        form.Errors.ThrowIfAny();
        if (!deferred && draft.IsEmpty)
        {
            throw Refused.EmptyMessage();
        }

        var message = NewMessage(world, interaction, draft.Flags.HasFlag(MessageFlags.Ephemeral));
        if (deferred)
        {
            message.Flags |= MessageFlags.Loading;
        }
        else
        {
            draft.ApplyTo(message, world, interaction.Guild, interaction.Channel, world.BotIn(interaction.Guild));
        }

        interaction.Original = message;
        Messages.Post(world, interaction.Guild, interaction.Channel, message);
    }

    private static void Update(World world, Interaction interaction, Form form, IReadOnlyList<Upload> files)
    {
        interaction.Original = interaction.Source;
        if (form.Object("data") is { } data)
        {
            var draft = MessageDraft.Read(data, files, mayBeEphemeral: interaction.Source!.Flags.HasFlag(MessageFlags.Ephemeral));
            form.Errors.ThrowIfAny();
            Messages.Change(world, interaction.Guild, interaction.Channel, interaction.Source!, draft);
        }
    }

    private static JsonArray ReadChoices(Form form, Interaction interaction)
    {
        var type = interaction.FocusedOption?["type"]?.GetValue<int>() ?? CommandOptions.Text;
        if (form.Object("data") is not { } data)
        {
            form.Required("data");
            return [];
        }

        return new JsonArray([.. data.List("choices", Limits.Choices).Select(choice => CommandOptions.ReadChoice(choice, type))]);
    }

    private static Message NewMessage(World world, Interaction interaction, bool ephemeral) =>
        new(world.Ids.Next(), interaction.Channel.Id, world.Application.Bot, world.Now)
        {
            Type = interaction.Type == InteractionType.Command && interaction.Original is null ? 20 : interaction.Original is null ? 0 : 19,
            Interaction = interaction,
            Flags = ephemeral ? MessageFlags.Ephemeral : MessageFlags.None,
            ReaderId = ephemeral ? interaction.Member.User.Id : null,
            ReplyTo = interaction.Original?.Id,
        };

    private static void Written(Interaction interaction)
    {
        interaction.WrittenSince = true;
        interaction.LastWriting = Stopwatch.GetTimestamp();
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Interactions;
using Cohorts.Discord.Simulator.Model;
using Cohorts.Discord.Simulator.Rest;

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What a member does: gives a command, presses a button, writes.</summary>
internal sealed class Acting(World world, HttpClient toEndpoint, CancellationToken stopping)
{
    /// <summary>
    /// A deferred answer that has been written counts as final once it has rested this long: bots show progress by editing
    /// it about once a second.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1.5);

    public async Task<IResult> RunCommand(string id, HttpContext http)
    {
        var form = await http.FormAsync();
        var name = form.Text("name", 100, min: 1, required: true) ?? "";
        var force = form.Flag("force") ?? false;
        var autocomplete = form.Flag("autocomplete") ?? false;
        var options = form.Value("options") ?? default;
        form.Check();
        var interaction = world.Locked(() =>
        {
            var (guild, member, channel) = world.Actor(id, form);
            var word = name.TrimStart('/').Split(' ')[0];
            var command = Commands.In(world, guild).FirstOrDefault(command => command["name"]!.GetValue<string>() == word)
                ?? throw new Mistake(404, $"There is no command /{word} in this guild. There are: {Listed(Commands.In(world, guild).Select(known => "/" + known["name"]!.GetValue<string>()))}.");
            if (!force && !Commands.IsOffered(command, Permissions.InChannel(guild, member, channel)))
            {
                throw new Mistake(403, $"/{word} is hidden from {member.DisplayName}, who lacks its default_member_permissions. \"force\": true sends it all the same, as a forged client could.");
            }

            var typed = CommandLine.Read(world, guild, command, name.TrimStart('/'), options, autocomplete);
            return Begin(new Interaction
            {
                Id = world.Ids.Next(),
                Type = autocomplete ? InteractionType.Autocomplete : InteractionType.Command,
                Guild = guild,
                Channel = channel,
                Member = member,
                CreatedAt = world.Now,
                Data = typed.Data,
                FocusedOption = typed.Focused,
                CommandName = name.TrimStart('/'),
            });
        });
        return await Outcome(interaction, http);
    }

    public async Task<IResult> PressButton(string id, HttpContext http)
    {
        var form = await http.FormAsync();
        var customId = form.Text("customId", Limits.CustomId, min: 1, required: true);
        var messageId = form.Id("messageId", required: true);
        var force = form.Flag("force") ?? false;
        var values = ComponentPress.ReadValues(form);
        form.Check();
        var interaction = world.Locked(() =>
        {
            var (guild, member, channel) = world.Actor(id, form);
            if (!channel.Messages.TryGetValue(messageId!.Value, out var message) || (!force && !message.IsSeenBy(member.User.Id)))
            {
                throw new Mistake(404, $"{member.DisplayName} sees no message {messageId} in this channel.");
            }

            return Begin(new Interaction
            {
                Id = world.Ids.Next(),
                Type = InteractionType.Component,
                Guild = guild,
                Channel = channel,
                Member = member,
                CreatedAt = world.Now,
                Data = ComponentPress.Read(world, guild, message, customId!, values, force),
                Source = message,
            });
        });
        return await Outcome(interaction, http);
    }

    public async Task<IResult> SayMessage(string id, HttpContext http)
    {
        var form = await http.FormAsync();
        var draft = MessageDraft.Read(form, [], mayBeEphemeral: false);
        form.Check();
        return world.Locked(() =>
        {
            var (guild, member, channel) = world.Actor(id, form);
            if (!Permissions.InChannel(guild, member, channel).Holds(Permission.SendMessages))
            {
                throw new Mistake(403, $"{member.DisplayName} may not write in #{channel.Name}.");
            }

            if (draft.Tts && !Permissions.InChannel(guild, member, channel).Holds(Permission.SendTtsMessages))
            {
                throw new Mistake(403, $"{member.DisplayName} may not have messages spoken aloud in #{channel.Name}.");
            }

            if (draft.IsEmpty)
            {
                throw new Mistake(400, "An empty message cannot be sent.");
            }

            var message = new Message(world.Ids.Next(), channel.Id, member.User, world.Now);
            draft.ApplyTo(message, world, guild, channel, member);
            Messages.Post(world, guild, channel, message);
            world.Pulse();
            return Answer.Json(Render.Message(world, message), 201);
        });
    }

    private Interaction Begin(Interaction interaction)
    {
        Delivery.Send(world, toEndpoint, interaction, stopping);
        world.Pulse();
        return interaction;
    }

    /// <summary>Waits until an answer is final, or for as long as was asked for, and says what there is.</summary>
    private async Task<IResult> Outcome(Interaction interaction, HttpContext http)
    {
        var wait = http.Seconds("wait") ?? TimeSpan.FromSeconds(3);
        var rest = http.Seconds("rest") ?? Rest;
        var untilAcknowledged = http.Request.Query["until"] == "acknowledged";
        http.Response.Headers["X-Interaction-Id"] = interaction.Id.ToString();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var change = world.NextChange;
            var (final, patience) = world.Locked(() => (IsFinal(interaction, rest) || (untilAcknowledged && interaction.Answered is not null), UntilRested(interaction, rest)));
            var left = wait - Stopwatch.GetElapsedTime(started);
            if (final || left <= TimeSpan.Zero)
            {
                return world.Locked(() => AsItStands(interaction));
            }

            // A change wakes at once; without one, the end of the wait, of the rest, or of the time for the first answer does.
            var until = new[] { left, patience, TimeSpan.FromMilliseconds(250) }.Min();
            await Task.WhenAny(change, Task.Delay(until, http.RequestAborted));
            http.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private bool IsFinal(Interaction interaction, TimeSpan rest)
    {
        // A deleted answer is not written any more: there is nothing to wait for.
        if (interaction.Failure is not null || WasDeleted(interaction) || (interaction.Answered is null && world.Now - interaction.CreatedAt > world.FirstAnswer))
        {
            return true;
        }

        return interaction.Answered is not null
            && (!interaction.IsDeferred || (interaction.WrittenSince && Stopwatch.GetElapsedTime(interaction.LastWriting) >= rest));
    }

    private static TimeSpan UntilRested(Interaction interaction, TimeSpan rest)
    {
        var left = rest - Stopwatch.GetElapsedTime(interaction.LastWriting);
        return interaction is { IsDeferred: true, WrittenSince: true } && left > TimeSpan.Zero ? left : TimeSpan.MaxValue;
    }

    private IResult AsItStands(Interaction interaction)
    {
        if (interaction.Failure is { } failure)
        {
            return Answer.Json(Answer.Said($"The application did not respond. {failure}"), 504);
        }

        if (interaction.Answered is null)
        {
            return world.Now - interaction.CreatedAt > world.FirstAnswer
                ? Answer.Json(Answer.Said($"The application did not respond within {world.FirstAnswer.TotalSeconds:0} seconds."), 504)
                : Answer.Json(new JsonObject { ["interactionId"] = interaction.Id.ToString(), ["message"] = "The application has not responded yet." }, 202);
        }

        if (interaction.Choices is { } choices)
        {
            return Answer.Json(new JsonObject { ["choices"] = choices.DeepClone() });
        }

        return interaction.Original is { } message && !WasDeleted(interaction)
            ? Answer.Json(Render.Message(world, message))
            : Answer.Json(Answer.Said("The answer was deleted."), 404);
    }

    /// <summary>By the interaction's token, by the channel's route, or with the channel.</summary>
    private static bool WasDeleted(Interaction interaction) =>
        interaction.Original is { } message
        && !(interaction.Channel.Messages.ContainsKey(message.Id) && interaction.Guild.Channels.ContainsKey(interaction.Channel.Id));

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";
}

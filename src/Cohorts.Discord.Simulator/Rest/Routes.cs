namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The part of Discord's interface that is simulated.</summary>
internal static class Routes
{
    public static IReadOnlyList<ApiRoute> All(HttpClient toEndpoint) =>
    [
        new("GET /gateway", Pace.Other, Applications.Gateway, Door.Anybody),
        new("GET /gateway/bot", Pace.Other, Applications.GatewayBot),
        new("GET /applications/@me", Pace.Other, Applications.Get),
        new("PATCH /applications/@me", Pace.Other, (call, stop) => Applications.Edit(call, toEndpoint, stop)),
        new("GET /oauth2/applications/@me", Pace.Other, Applications.Get),
        new("GET /users/@me", Pace.Other, Applications.Self),
        new("GET /users/@me/guilds", Pace.Other, Applications.MyGuilds),
        new("GET /users/{user.id}", Pace.Other, Applications.User),

        new("GET /applications/{application.id}/commands", Pace.Other, Commands.List),
        new("PUT /applications/{application.id}/commands", Pace.Other, Commands.Overwrite),
        new("POST /applications/{application.id}/commands", Pace.Other, Commands.Create),
        new("GET /applications/{application.id}/commands/{command.id}", Pace.Other, Commands.Get),
        new("PATCH /applications/{application.id}/commands/{command.id}", Pace.Other, Commands.Edit),
        new("DELETE /applications/{application.id}/commands/{command.id}", Pace.Other, Commands.Delete),
        new("GET /applications/{application.id}/guilds/{guild.id}/commands", Pace.Other, Commands.List),
        new("PUT /applications/{application.id}/guilds/{guild.id}/commands", Pace.Other, Commands.Overwrite),
        new("POST /applications/{application.id}/guilds/{guild.id}/commands", Pace.Other, Commands.Create),
        new("GET /applications/{application.id}/guilds/{guild.id}/commands/{command.id}", Pace.Other, Commands.Get),
        new("PATCH /applications/{application.id}/guilds/{guild.id}/commands/{command.id}", Pace.Other, Commands.Edit),
        new("DELETE /applications/{application.id}/guilds/{guild.id}/commands/{command.id}", Pace.Other, Commands.Delete),

        new("POST /interactions/{interaction.id}/{interaction.token}/callback", pace: null, Callbacks.Answer, Door.InteractionToken),
        new("POST /webhooks/{application.id}/{interaction.token}", pace: null, Callbacks.FollowUp, Door.InteractionToken),
        new("GET /webhooks/{application.id}/{interaction.token}/messages/@original", pace: null, Callbacks.Get, Door.InteractionToken),
        new("PATCH /webhooks/{application.id}/{interaction.token}/messages/@original", pace: null, Callbacks.Edit, Door.InteractionToken),
        new("DELETE /webhooks/{application.id}/{interaction.token}/messages/@original", pace: null, Callbacks.Delete, Door.InteractionToken),
        new("GET /webhooks/{application.id}/{interaction.token}/messages/{message.id}", pace: null, Callbacks.Get, Door.InteractionToken),
        new("PATCH /webhooks/{application.id}/{interaction.token}/messages/{message.id}", pace: null, Callbacks.Edit, Door.InteractionToken),
        new("DELETE /webhooks/{application.id}/{interaction.token}/messages/{message.id}", pace: null, Callbacks.Delete, Door.InteractionToken),

        new("GET /guilds/{guild.id}", Pace.Other, Guilds.Get),
        new("GET /guilds/{guild.id}/audit-logs", Pace.Other, Guilds.AuditLog),
        new("GET /guilds/{guild.id}/roles", Pace.Other, Roles.List),
        new("POST /guilds/{guild.id}/roles", Pace.Other, Roles.Create),
        new("GET /guilds/{guild.id}/roles/{role.id}", Pace.Other, Roles.Get),
        new("PATCH /guilds/{guild.id}/roles/{role.id}", Pace.Other, Roles.Edit),
        new("DELETE /guilds/{guild.id}/roles/{role.id}", Pace.Other, Roles.Delete),

        new("GET /guilds/{guild.id}/members", Pace.Other, Members.List),
        new("GET /guilds/{guild.id}/members/search", Pace.Other, Members.Search),
        new("GET /guilds/{guild.id}/members/{user.id}", Pace.Other, Members.Get),
        new("PUT /guilds/{guild.id}/members/{user.id}", Pace.MemberEdits, Members.Add),
        new("PATCH /guilds/{guild.id}/members/{user.id}", Pace.MemberEdits, Members.Edit),
        new("DELETE /guilds/{guild.id}/members/{user.id}", Pace.MemberEdits, Members.Remove),
        new("PUT /guilds/{guild.id}/members/{user.id}/roles/{role.id}", Pace.MemberEdits, Members.AddRole),
        new("DELETE /guilds/{guild.id}/members/{user.id}/roles/{role.id}", Pace.MemberEdits, Members.RemoveRole),

        new("GET /guilds/{guild.id}/channels", Pace.Other, Channels.List),
        new("POST /guilds/{guild.id}/channels", Pace.ChannelCreation, Channels.Create),
        new("PATCH /guilds/{guild.id}/channels", Pace.Other, Channels.Move),
        new("GET /channels/{channel.id}", Pace.Other, Channels.Get),
        new("PATCH /channels/{channel.id}", Pace.Other, Channels.Edit),
        new("DELETE /channels/{channel.id}", Pace.Other, Channels.Delete),
        new("PUT /channels/{channel.id}/permissions/{overwrite.id}", Pace.Overwrites, Channels.PutOverwrite),
        new("DELETE /channels/{channel.id}/permissions/{overwrite.id}", Pace.Overwrites, Channels.DeleteOverwrite),

        new("GET /channels/{channel.id}/messages", Pace.Other, Messages.List),
        new("POST /channels/{channel.id}/messages", Pace.Messages, Messages.Create),
        new("GET /channels/{channel.id}/messages/{message.id}", Pace.Other, Messages.Get),
        new("PATCH /channels/{channel.id}/messages/{message.id}", Pace.MessageEdits, Messages.Edit),
        new("DELETE /channels/{channel.id}/messages/{message.id}", Pace.Other, Messages.Delete),

        new("GET /guilds/{guild.id}/scheduled-events", Pace.Other, ScheduledEvents.List),
        new("POST /guilds/{guild.id}/scheduled-events", Pace.ScheduledEvents, ScheduledEvents.Create),
        new("GET /guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}", Pace.Other, ScheduledEvents.Get),
        new("PATCH /guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}", Pace.ScheduledEvents, ScheduledEvents.Edit),
        new("DELETE /guilds/{guild.id}/scheduled-events/{guild_scheduled_event.id}", Pace.ScheduledEvents, ScheduledEvents.Delete),
    ];
}

using Cohorts.Domain;
using MediatR;
using NodaTime;
using Npgsql;

namespace Cohorts.Features.RealizeGroups;

/// <summary>What a realization would make now. Takes nobody's turn and changes nothing.</summary>
public static class PreviewRealization
{
    public sealed record Query(CohortId CohortId, GuildId? Guild = null, CancelledEvents Cancelled = CancelledEvents.Leave) : IRequest<Outcome<Result>>;

    public enum ChannelOutlook
    {
        Stands,
        Made,

        /// <summary>Deleted by hand.</summary>
        MadeAnew,
        Repaired,
    }

    public enum WelcomeOutlook
    {
        Stands,
        Posted,
    }

    /// <param name="CategoriesToMake">As far as it can be counted beforehand.</param>
    /// <param name="Missing">What must be mended before anything is made.</param>
    public sealed record Result(
        CohortId CohortId,
        string CohortName,
        string CourseName,
        GuildId Guild,
        string CategoryName,
        int CategoriesToMake,
        IReadOnlyList<Group> Groups,
        IReadOnlyList<string> Missing,
        IReadOnlyList<string> Remarks,
        IReadOnlyList<ClockMove> ClockChanges,
        bool ChangesNothing);

    /// <param name="ToMention">By the welcome, or later in its channel.</param>
    /// <param name="NotHere">Known by their Discord id, or without any account, and not in the Discord server.</param>
    /// <param name="EventsCancelled">Deleted by hand; weeks.</param>
    public sealed record Group(
        string Name,
        ChannelOutlook Text,
        ChannelOutlook Voice,
        WelcomeOutlook Welcome,
        IReadOnlyList<string> ToMention,
        IReadOnlyList<string> NotHere,
        IReadOnlyList<string> AccessGranted,
        IReadOnlyList<string> AccessRemoved,
        int EventsToMake,
        int EventsLater,
        IReadOnlyList<int> EventsMoved,
        IReadOnlyList<int> EventsCancelled,
        bool ChangesNothing)
    {
        /// <summary>People whose user name no member has.</summary>
        public IReadOnlyList<RealizeGroups.Unfound> NoMember { get; init; } = [];
    }

    public sealed class Handler(NpgsqlDataSource database, IServiceProvider services, IDateTimeZoneProvider zones, IClock clock)
        : IRequestHandler<Query, Outcome<Result>>
    {
        public async Task<Outcome<Result>> Handle(Query request, CancellationToken cancellationToken)
        {
            var look = await Look.AsAsync(request.CohortId, request.Guild, request.Cancelled, services, database, zones, clock, cancellationToken);
            return look.IsRefused ? look.Refusal : Of(look.Result.Wanted, look.Result.Actual.Guild, look.Result.Plan, zones);
        }
    }

    public static Result Of(Wanted wanted, Discord.Snowflake guild, Plan plan, IDateTimeZoneProvider zones) => new(
        wanted.Cohort.Id,
        wanted.Cohort.Name,
        wanted.Cohort.CourseName,
        new GuildId(guild.Value),
        Naming.Category(wanted.Cohort, 1),
        plan.Categories.ToMake,
        [.. plan.Groups.Select(Of)],
        plan.Missing,
        [.. Remarks.OfPreview(plan)],
        ClockChanges.Of(wanted.Groups.Where(g => g.StartMinute is not null).Select(g => new WeeklyGroup(
            wanted.Cohort.StartDate,
            wanted.Cohort.Zone,
            g.StartMinute!.Value,
            wanted.Cohort.Meetings,
            [
                .. g.Members.Where(m => m.Membership == Membership.Active)
                    .Select(m => (m.UserId, Zone: m.Timezone is { } zone ? zones.GetZoneOrNull(zone) : null))
                    .Where(m => m.Zone is not null)
                    .Select(m => (m.UserId, m.Zone!)),
            ]))),
        plan.ChangesNothing);

    private static Group Of(GroupPlan group) => new(
        group.Group.Name,
        Of(group.Text),
        Of(group.Voice),
        group.Welcome is WelcomePlan.Post ? WelcomeOutlook.Posted : WelcomeOutlook.Stands,
        [
            .. (group.Welcome is WelcomePlan.Post ? group.People.Where(p => p.Presence == Presence.InTheGuild) : group.ToMention).Select(p => p.Member.Name),
        ],
        [.. group.People.Where(p => p.Presence == Presence.NotYet && !p.IsUnfound).Select(p => p.Member.Name)],
        [.. group.People.Where(p => p is { Presence: Presence.InTheGuild, Member.Access: Access.None }).Select(p => p.Member.Name)],
        [.. group.Left.Where(m => m.Access == Access.Granted).Select(m => m.Name)],
        group.Meetings.Count(m => m.Event is EventPlan.Make),
        group.Meetings.Count(m => m.Event is EventPlan.Later),
        [.. group.Meetings.Where(m => m.Event is EventPlan.Moved).Select(m => m.Number)],
        [.. group.Meetings.Where(m => m.Event is EventPlan.Cancelled).Select(m => m.Number)],
        group.ChangesNothing)
    {
        NoMember = [.. group.People.Where(p => p.IsUnfound).Select(p => new RealizeGroups.Unfound(p.Member.UserId, p.Member.Name, group.Group.Name, p.Member.Username!))],
    };

    private static ChannelOutlook Of(ChannelPlan channel) => channel switch
    {
        ChannelPlan.Make { Lost: not null } => ChannelOutlook.MadeAnew,
        ChannelPlan.Make => ChannelOutlook.Made,
        ChannelPlan.Stands { ChangesNothing: true } => ChannelOutlook.Stands,
        _ => ChannelOutlook.Repaired,
    };
}

using System.Threading.Channels;
using Cohorts.Discord;
using static Cohorts.Features.RealizeGroups.RealizeGroups;

namespace Cohorts.Features.RealizeGroups;

/// <summary>The first worker: categories, channels, and who may enter them.</summary>
internal sealed partial class Making
{
    private async Task MakeChannelsAsync(ChannelWriter<RealGroup> standing, CancellationToken cancellation)
    {
        try
        {
            // Who left a group is shut out before anything else is done.
            foreach (var group in look.Plan.Groups.OrderByDescending(g => g.Left.Any(m => m.Access == Access.Granted)))
            {
                if (await MakeChannelsAsync(group, cancellation) is { } real)
                    await standing.WriteAsync(real, cancellation);
            }
        }
        finally
        {
            standing.Complete();
        }
    }

    /// <returns>Null where something of it could not be done: events, welcome and mentions are not tried then.</returns>
    private async Task<RealGroup?> MakeChannelsAsync(GroupPlan group, CancellationToken cancellation)
    {
        var undone = group.Channels.SelectMany(c => c.Plan.People(look.Actual.Bot), (c, person) => (c.Type, person)).ToHashSet();
        var text = await MakeChannelAsync(group, ChannelType.Text, group.Text, near: null, undone, cancellation);
        var voice = await MakeChannelAsync(group, ChannelType.Voice, group.Voice, near: text?.Category, undone, cancellation);
        var access = await SaveAccessAsync(group, undone.Select(u => u.person).ToHashSet());
        return text is null || voice is null || !access ? null : new RealGroup(group, text.Id, voice.Id);
    }

    /// <param name="undone">Changes of people's access that are not done yet; those that are done are taken out.</param>
    private async Task<RealChannel?> MakeChannelAsync(
        GroupPlan group, ChannelType type, ChannelPlan plan, OpenCategory? near, HashSet<(ChannelType, Snowflake)> undone, CancellationToken cancellation)
    {
        var channel = await AttemptAsync(group, Item.Channel(group, type), Name(type), () => StandAsync(group, type, plan, near, cancellation));
        if (channel is null)
            return null;
        IEnumerable<OverwriteChange> changes = plan is ChannelPlan.Stands stands ? stands.ChangesOfPeople(look.Actual.Bot) : [];
        if (plan is ChannelPlan.Make make)
        {
            foreach (var with in make.Overwrites.Take(ChannelAccess.MostAtCreation))
                undone.Remove((type, with.Id));
            changes = make.Overwrites.Skip(ChannelAccess.MostAtCreation).Select(o => new OverwriteChange.Put(o));
        }

        foreach (var change in changes)
        {
            var (item, name) = PersonOf(group, change.Of);
            if (await AttemptAsync(group, item, $"{Name(type)}, access of {name}", () => DoAsync(change), logged: $"{Name(type)}, access") is not null)
                undone.Remove((type, change.Of));
            else if (_forbidden.ContainsKey((Part.Access, group.Group.Id)))
                break;
        }

        return channel;

        async Task<RealChannel?> DoAsync(OverwriteChange change)
        {
            await ChangeAsync(channel.Id, change, cancellation);
            return channel;
        }
    }

    private (Item Item, string Name) PersonOf(GroupPlan group, Snowflake id)
    {
        var member = group.People.FirstOrDefault(p => p is { Presence: Presence.InTheGuild } && p.Id == id)?.Member
            ?? group.Left.First(m => IdOf(group, m) == id);
        return (Item.Access(group, member), member.Name);
    }

    private async Task SaveCategoriesFoundAsync()
    {
        var names = look.Actual.Channels.ToDictionary(c => c.Id, c => c.Name);
        _categories.AddRange(look.Plan.Categories.Standing.Select(c => new OpenCategory(c.Id, names[c.Id] ?? "") { Channels = c.Channels }));
        if (look.Plan.Categories.ToAdopt.Count > 0)
            await SaveCategoriesAsync("found", look.Plan.Categories.ToAdopt[^1]);
    }

    private Task SaveCategoriesAsync(string outcome, Snowflake category) => _journal.SaveAsync(
        "category",
        outcome,
        new { Category = category, look.Plan.Categories.Lost },
        "UPDATE cohorts SET discord_category_id = @First, discord_further_category_ids = @Further, updated_at = now() WHERE cohort_id = @Cohort",
        new
        {
            First = _categories[0].Id.ToString(),
            Further = _categories.Skip(1).Select(c => c.Id.ToString()).ToArray(),
            Cohort = _cohort.Id.Value,
        });

    private async Task<RealChannel?> StandAsync(GroupPlan group, ChannelType type, ChannelPlan plan, OpenCategory? near, CancellationToken cancellation)
    {
        if (plan is not ChannelPlan.Stands stands)
            return await MakeAsync(group, type, (ChannelPlan.Make)plan, near, cancellation);

        var category = _categories.FirstOrDefault(c => c.Id == look.Actual.Channels.First(a => a.Id == stands.Id).ParentId);
        if (stands.Adoption == Adoption.Found)
            await SaveChannelAsync(group, type, stands.Id, "found", lost: null);
        if (stands.Place == ChannelPlace.Orphaned)
            category = await MoveUnderCategoryAsync(stands.Id, near, cancellation);
        foreach (var change in stands.ChangesOfItsOwn(look.Actual.Bot))
            await ChangeAsync(stands.Id, change, cancellation);
        if (_outcomes[Item.Channel(group, type)] == StepOutcome.NotTried)
            _outcomes.Set(Item.Channel(group, type), StepOutcome.Repaired);
        if (!stands.ChangesNothing)
        {
            await _journal.SaveAsync(Name(type), "repaired", new { Group = group.Group.Id, Channel = stands.Id, Overwrites = stands.Changes.Count, stands.Place });
        }

        _tally.ChannelDone();
        return new RealChannel(stands.Id, category);
    }

    private async Task<RealChannel?> MakeAsync(GroupPlan group, ChannelType type, ChannelPlan.Make make, OpenCategory? near, CancellationToken cancellation)
    {
        var name = type == ChannelType.Text ? Naming.TextChannel(group.Group) : Naming.VoiceChannel(group.Group);
        var (id, category) = await WithinCategoryAsync(
            near,
            category => CreateChannelAsync(
                new NewChannel
                {
                    Name = name,
                    Type = type,
                    ParentId = category.Id,
                    PermissionOverwrites = [.. make.Overwrites.Take(ChannelAccess.MostAtCreation)],
                },
                cancellation),
            cancellation);
        await SaveChannelAsync(group, type, id, "made", make.Lost);
        _outcomes.Set(Item.Channel(group, type), StepOutcome.Made);
        _tally.ChannelDone();
        return new RealChannel(id, category);
    }

    /// <summary>Discord alone says when a category is full: some have seen it refuse before the 50th channel.</summary>
    private async Task<(Snowflake Id, OpenCategory Category)> WithinCategoryAsync(
        OpenCategory? near, Func<OpenCategory, Task<Snowflake>> put, CancellationToken cancellation)
    {
        while (true)
        {
            var category = near is { HasRoom: true } ? near : _categories.FirstOrDefault(c => c.HasRoomForTwo) ?? await MakeCategoryAsync(cancellation);
            try
            {
                var id = await put(category);
                category.Channels++;
                return (id, category);
            }
            catch (DiscordException e) when (IsFull(e) && category.Channels > 0)
            {
                category.IsFull = true;
            }
        }
    }

    private static bool IsFull(DiscordException e) =>
        e.Code == DiscordErrorCode.InvalidFormBody
        && e.Fields.Any(f => f.Path == "parent_id"
            && (f.Code.Contains("MAX_CHANNELS", StringComparison.Ordinal) || f.Message.StartsWith("Maximum number of channels", StringComparison.Ordinal)));

    private async Task<OpenCategory> MakeCategoryAsync(CancellationToken cancellation)
    {
        var number = 1;
        while (_categories.Any(c => c.Name == Naming.Category(_cohort, number)))
            number++;
        var name = Naming.Category(_cohort, number);
        var id = await CreateChannelAsync(
            new NewChannel
            {
                Name = name,
                Type = ChannelType.Category,
                PermissionOverwrites = ChannelAccess.OfCategory(_guild, look.Actual.Bot),
            },
            cancellation);
        var category = new OpenCategory(id, name);
        _categories.Insert(Math.Min(number - 1, _categories.Count), category);
        _categoryWasMade = true;
        await SaveCategoriesAsync("made", id);
        return category;
    }

    private async Task<OpenCategory> MoveUnderCategoryAsync(Snowflake channel, OpenCategory? near, CancellationToken cancellation) =>
        (await WithinCategoryAsync(
            near,
            async category => (await Discord.EditChannelAsync(channel, new ChannelChange { ParentId = category.Id }, Reason, cancellation)).Id,
            cancellation)).Category;

    /// <summary>Makes a channel once: where no answer came, what Discord holds by then says whether it was made.</summary>
    private async Task<Snowflake> CreateChannelAsync(NewChannel channel, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var made = await Discord.CreateChannelAsync(_guild, channel, Reason, cancellation);
                _channelsKnown.Add(made.Id);
                return made.Id;
            }
            catch (DiscordException e) when (e.Failure == DiscordFailure.OutcomeUnknown && attempt < MostAttempts)
            {
                var there = await Discord.ListChannelsAsync(_guild, cancellation);
                if (there.FirstOrDefault(c => c.Type == channel.Type && c.Name == channel.Name && c.ParentId == channel.ParentId && _channelsKnown.Add(c.Id)) is { } made)
                    return made.Id;
            }
        }
    }

    private Task SaveChannelAsync(GroupPlan group, ChannelType type, Snowflake id, string outcome, Snowflake? lost)
    {
        // A welcome is gone with its channel, and so are the mentions in it.
        var sql = type == ChannelType.Text
            ? """
              UPDATE groups
                 SET discord_text_channel_id = @Channel,
                     welcome_message_id = CASE WHEN @IsNew THEN NULL ELSE welcome_message_id END,
                     updated_at = now()
               WHERE group_id = @Group;
              UPDATE groups_users SET mentioned_in_message_id = NULL WHERE group_id = @Group AND @IsNew;
              """
            : "UPDATE groups SET discord_voice_channel_id = @Channel, updated_at = now() WHERE group_id = @Group";
        return _journal.SaveAsync(
            Name(type),
            outcome,
            new { Group = group.Group.Id, Channel = id, Lost = lost },
            sql,
            new { Channel = id.ToString(), Group = group.Group.Id.Value, IsNew = outcome == "made" });
    }

    private async Task ChangeAsync(Snowflake channel, OverwriteChange change, CancellationToken cancellation)
    {
        try
        {
            if (change is OverwriteChange.Put { Overwrite: var overwrite })
                await Discord.PutOverwriteAsync(channel, overwrite, Reason, cancellation);
            else if (change is OverwriteChange.Remove { User: var user })
                await Discord.DeleteOverwriteAsync(channel, user, Reason, cancellation);
        }
        catch (DiscordException e) when (change is OverwriteChange.Remove && e.Code == DiscordErrorCode.UnknownOverwrite)
        {
            // Somebody else has taken it away.
        }
    }

    /// <param name="undone">People of whom not everything was done: nothing is recorded of their access.</param>
    /// <returns>Whether everybody's access is as it shall be.</returns>
    private async Task<bool> SaveAccessAsync(GroupPlan group, HashSet<Snowflake> undone)
    {
        var bot = look.Actual.Bot;
        var done = group.WithAccess(bot)
            .Where(m => _outcomes[Item.Access(group, m)] != StepOutcome.Failed && !(IdOf(group, m) is { } id && undone.Contains(id)))
            .ToHashSet();
        foreach (var member in done)
        {
            var item = Item.Access(group, member);
            if (member.Membership == Membership.Ended || group.Changes(member, bot))
                _outcomes.Set(item, StepOutcome.Repaired);
            if (member is { Membership: Membership.Active, Access: Access.None })
                _outcomes.Set(item, StepOutcome.Made);
            if (_outcomes[item] is StepOutcome.Made or StepOutcome.Repaired && (member.Membership == Membership.Active || member.Access == Access.Granted))
                (member.Membership == Membership.Active ? _granted : _removed).Add(new Person(member.UserId, member.Name, group.Group.Name));
        }

        var came = done.Where(m => m is { Membership: Membership.Active, Access: Access.None }).ToList();
        var left = done.Where(m => m is { Membership: Membership.Ended, Access: Access.Granted }).ToList();
        var absent = group.People.Where(p => p.Presence == Presence.NotYet).ToList();
        if (came.Count + absent.Count + left.Count > 0)
            await SaveAccessAsync(group, came, absent, left);
        return group.WithAccess(bot).All(m => _outcomes[Item.Access(group, m)] is not (StepOutcome.Failed or StepOutcome.NotTried));
    }

    private Snowflake? IdOf(GroupPlan group, WantedMember member) =>
        group.People.FirstOrDefault(p => p.Member.UserId == member.UserId)?.Id
        ?? member.DiscordId
        ?? (look.Plan.Recognized.TryGetValue(member.UserId, out var found) ? found : null);

    private Task SaveAccessAsync(
        GroupPlan group, IReadOnlyCollection<WantedMember> came, IReadOnlyCollection<Attendance> absent, IReadOnlyCollection<WantedMember> left) =>
        _journal.SaveAsync(
            "access",
            "saved",
            new { Group = group.Group.Id, Granted = came.Count, NotHere = absent.Count, Removed = left.Count },
            """
            UPDATE groups_users SET access_granted_at = now(), absent_at = NULL, updated_at = now() WHERE group_user_id = ANY(@Came);
            UPDATE groups_users SET access_granted_at = NULL, absent_at = coalesce(absent_at, now()) WHERE group_user_id = ANY(@Absent);
            UPDATE groups_users SET access_granted_at = NULL, updated_at = now() WHERE group_user_id = ANY(@Left);
            """,
            new
            {
                Came = came.Select(m => m.MembershipId).ToArray(),
                Absent = absent.Select(p => p.Member.MembershipId).ToArray(),
                Left = left.Select(m => m.MembershipId).ToArray(),
            });

    private sealed class OpenCategory(Snowflake id, string name)
    {
        public Snowflake Id { get; } = id;

        public string Name { get; } = name;

        public int Channels { get; set; }

        public bool IsFull { get; set; }

        public bool HasRoom => !IsFull && Channels < Difference.ChannelsPerCategory;

        /// <summary>A group's two channels stand together.</summary>
        public bool HasRoomForTwo => !IsFull && Channels + 1 < Difference.ChannelsPerCategory;
    }
}

namespace Cohorts.Discord.Simulator.Model;

/// <summary>Makes a guild as somebody would: roles, people, a first category with channels, and the bot with what it needs.</summary>
internal static class Founding
{
    private static readonly string[] Names =
    [
        "Ana", "Ben", "Chloé", "Daniel", "Elif", "Farid", "Grace", "Hiroshi", "Ines", "Jonas",
        "Kwame", "Lucía", "Mei", "Noah", "Olga", "Priya", "Quentin", "Rosa", "Samir", "Tomás",
        "Uma", "Viktor", "Wanjiru", "Ximena", "Yusuf", "Zoë", "Arthur", "Beatriz", "Cem", "Dilnoza",
    ];

    /// <summary>What a bot that builds groups needs, and no more: not Administrator.</summary>
    public const Permission BotPermissions =
        Permission.ViewChannel | Permission.SendMessages | Permission.EmbedLinks | Permission.AttachFiles
        | Permission.ReadMessageHistory | Permission.ManageChannels | Permission.ManageRoles | Permission.Connect
        | Permission.Speak | Permission.CreateEvents | Permission.ManageEvents | Permission.UseApplicationCommands
        | Permission.ManageMessages | Permission.Stream | Permission.MuteMembers | Permission.MoveMembers;

    private const Permission EveryonePermissions =
        Permission.ViewChannel | Permission.SendMessages | Permission.EmbedLinks | Permission.AttachFiles
        | Permission.ReadMessageHistory | Permission.AddReactions | Permission.UseExternalEmojis | Permission.Connect
        | Permission.Speak | Permission.ChangeNickname | Permission.CreateInstantInvite | Permission.UseApplicationCommands;

    public static Guild Found(World world, string name, int members, bool atStart)
    {
        Snowflake Id() => atStart ? world.Ids.Seed() : world.Ids.Next();
        var now = world.Now;
        var owner = NewUser(world, Id(), "olivia", "Olivia");
        var administrator = NewUser(world, Id(), "adam", "Adam");
        var guild = new Guild(Id(), name, owner.Id) { AdministratorId = administrator.Id };
        world.Guilds.Add(guild.Id, guild);

        guild.Roles.Add(guild.Id, new Role(guild.Id, "@everyone") { Permissions = EveryonePermissions });
        var botRole = new Role(Id(), world.Application.Bot.GlobalName!)
        {
            Permissions = BotPermissions,
            Position = 1,
            BotId = world.Application.Bot.Id,
        };
        var admins = new Role(Id(), "Administrators") { Permissions = Permission.Administrator, Position = 2, Color = 0xE67E22, Hoist = true };
        guild.Roles.Add(botRole.Id, botRole);
        guild.Roles.Add(admins.Id, admins);

        Join(guild, owner, now);
        Join(guild, administrator, now).RoleIds.Add(admins.Id);
        Join(guild, world.Application.Bot, now).RoleIds.Add(botRole.Id);
        for (var i = 0; i < members; i++)
        {
            var person = Names[i % Names.Length];
            var round = i / Names.Length;
            var shown = round == 0 ? person : $"{person} {round + 1}";
            Join(guild, NewUser(world, Id(), UsernameOf(shown), shown), now);
        }

        var welcome = new Channel(Id(), ChannelType.Category, "Course");
        var general = new Channel(Id(), ChannelType.Text, "general") { ParentId = welcome.Id, Topic = "Everybody is here" };
        var organizers = new Channel(Id(), ChannelType.Text, "organizers") { ParentId = welcome.Id, Position = 1 };
        var lounge = new Channel(Id(), ChannelType.Voice, "Lounge") { ParentId = welcome.Id, Position = 2 };
        organizers.Overwrites.Add(guild.Id, new Overwrite(guild.Id, OverwriteType.Role, Permission.None, Permission.ViewChannel, InEffect: true));
        organizers.Overwrites.Add(botRole.Id, new Overwrite(botRole.Id, OverwriteType.Role, Permission.ViewChannel, Permission.None, InEffect: true));
        foreach (var channel in new[] { welcome, general, organizers, lounge })
        {
            guild.Channels.Add(channel.Id, channel);
        }

        guild.SystemChannelId = general.Id;
        return guild;
    }

    public static User NewUser(World world, Snowflake id, string username, string? globalName)
    {
        var user = new User(id, username, globalName, isBot: false);
        world.Users.Add(id, user);
        return user;
    }

    public static Member Join(Guild guild, User user, DateTimeOffset at)
    {
        var member = new Member(user, at);
        guild.Members.Add(user.Id, member);
        return member;
    }

    /// <summary>Discord's rule for usernames: 2–32 of a–z, 0–9, dot and underscore.</summary>
    public static string UsernameOf(string shown)
    {
        // A culture-invariant program does not take accents off letters; these do for the names here.
        const string accented = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", bare = "aaaaaaceeeeiiiinooooouuuuyy";
        var plain = new string([.. shown.ToLowerInvariant()
            .Select(c => c == ' ' ? '_' : accented.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? bare[i] : c)
            .Where(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_')]);
        return plain.Length switch
        {
            0 => "member",
            1 => plain + "_",
            > 32 => plain[..32],
            _ => plain,
        };
    }
}

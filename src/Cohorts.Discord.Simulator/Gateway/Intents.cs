namespace Cohorts.Discord.Simulator.Gateway;

/// <summary>Which events a session asks for; Discord's bits.</summary>
#pragma warning disable MA0062 // Known holds bits that have a meaning at Discord and none here.
[Flags]
internal enum Intents
#pragma warning restore MA0062
{
    None = 0,
    Guilds = 1 << 0,
    GuildMembers = 1 << 1,
    GuildPresences = 1 << 8,
    GuildMessages = 1 << 9,
    MessageContent = 1 << 15,
    GuildScheduledEvents = 1 << 16,
    Privileged = GuildMembers | GuildPresences | MessageContent,
    /// <summary>Every bit that Discord has given a meaning.</summary>
    Known = ((1 << 17) - 1) | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25),
}

/// <summary>Gateway operations by their number.</summary>
internal enum Op
{
    Dispatch = 0,
    Heartbeat = 1,
    Identify = 2,
    PresenceUpdate = 3,
    VoiceStateUpdate = 4,
    Resume = 6,
    Reconnect = 7,
    RequestGuildMembers = 8,
    InvalidSession = 9,
    Hello = 10,
    HeartbeatAck = 11,
}

/// <summary>Discord's close codes.</summary>
internal enum CloseCode
{
    UnknownError = 4000,
    UnknownOpcode = 4001,
    DecodeError = 4002,
    NotAuthenticated = 4003,
    AuthenticationFailed = 4004,
    AlreadyAuthenticated = 4005,
    InvalidSequence = 4007,
    RateLimited = 4008,
    SessionTimedOut = 4009,
    InvalidShard = 4010,
    ShardingRequired = 4011,
    InvalidApiVersion = 4012,
    InvalidIntents = 4013,
    DisallowedIntents = 4014,
}

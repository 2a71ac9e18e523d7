namespace Cohorts.SystemTests.Bot;

/// <summary>
/// One ground for all classes that only copy its database: a server that is made and started costs as much as several tests. It is there
/// as long as a class uses it. Who kills PostgreSQL, or has a great deal to do with it, has a <see cref="BotGround"/> of its own.
/// </summary>
public sealed class SharedGround : IAsyncLifetime
{
    private static readonly SemaphoreSlim OneAtATime = new(1);
    private static BotGround? shared;
    private static int users;

    public BotGround Ground { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await OneAtATime.WaitAsync();
        try
        {
            users++;
            if (shared is null)
            {
                var made = new BotGround();
                await made.InitializeAsync();
                shared = made;
            }

            Ground = shared;
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    public async Task DisposeAsync()
    {
        await OneAtATime.WaitAsync();
        try
        {
            if (--users > 0 || shared is null)
                return;
            shared = null;
            await Ground.DisposeAsync();
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}

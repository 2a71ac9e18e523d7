using Npgsql;

namespace Cohorts.SystemTests;

/// <summary>How processes share the private server, and how it ends.</summary>
public sealed class PrivatePostgresSharingTests
{
    [Fact]
    public async Task A_second_process_joins_the_server_of_the_first()
    {
        await using var data = new TestDataFolder();
        using var first = await PostgresUser.StartAsync(data.Location);
        using var second = await PostgresUser.StartAsync(data.Location);

        Assert.True(first.Started);
        Assert.False(second.Started);
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        await first.AskAsync<object>("CREATE TABLE seen_by_both (); SELECT 1");
        Assert.Equal(0L, await second.AskAsync<long>("SELECT count(*) FROM seen_by_both"));
    }

    [Fact]
    public async Task Four_processes_that_begin_at_once_on_an_empty_folder_share_one_server()
    {
        await using var data = new TestDataFolder();
        var users = Enumerable.Range(0, 4).Select(_ => PostgresUser.Begin(data.Location)).ToList();
        try
        {
            await Task.WhenAll(users.Select(user => user.IsReadyAsync()));

            Assert.Single(users, user => user.Started);
            Assert.Single(users.Select(user => user.ConnectionString).Distinct(StringComparer.Ordinal));
            Assert.Single(await data.WatchdogsAsync());
        }
        finally
        {
            users.ForEach(user => user.Dispose());
        }
    }

    [Fact]
    public async Task The_server_is_stopped_soon_after_its_only_user_was_killed()
    {
        await using var data = new TestDataFolder();
        using var only = await PostgresUser.StartAsync(data.Location);
        await only.KillAsync();

        await data.ServerAndWatchdogEndAsync();
        Assert.Contains("database system is shut down", await File.ReadAllTextAsync(data.In("server.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_is_stopped_also_when_its_user_was_killed_with_all_its_children()
    {
        await using var data = new TestDataFolder();
        using var only = await PostgresUser.StartAsync(data.Location);
        await only.KillWithChildrenAsync();

        await data.ServerAndWatchdogEndAsync();
    }

    [Fact]
    public async Task The_server_goes_on_under_a_living_user_when_its_starter_is_killed()
    {
        await using var data = new TestDataFolder();
        using var starter = await PostgresUser.StartAsync(data.Location);
        using var user = await PostgresUser.StartAsync(data.Location);
        var since = await user.AskAsync<DateTime>("SELECT pg_postmaster_start_time()");
        await starter.KillAsync();

        // Five seconds: twice the time after which it would be stopped without this user.
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var look = 0; look < 25; look++)
        {
            Assert.Equal(since, await user.AskAsync<DateTime>("SELECT pg_postmaster_start_time()"));
            await again.WaitForNextTickAsync();
        }

        await user.EndAsync();
        await data.ServerAndWatchdogEndAsync();
    }

    [Fact]
    public async Task What_was_written_is_there_after_the_server_was_stopped_and_started_again()
    {
        await using var data = new TestDataFolder();
        using (var first = await PostgresUser.StartAsync(data.Location))
        {
            await first.AskAsync<object>("CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1");
            await first.EndAsync();
        }

        await data.ServerAndWatchdogEndAsync();
        using var second = await PostgresUser.StartAsync(data.Location);

        Assert.True(second.Started);
        Assert.Equal(42, await second.AskAsync<int>("SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_server_that_was_killed_is_started_again_where_its_users_look_for_it()
    {
        await using var data = new TestDataFolder();
        using var user = await PostgresUser.StartAsync(data.Location);
        TestDataFolder.KillAndWait(data.ServerProcess!.Value);

        using var next = await PostgresUser.StartAsync(data.Location);

        Assert.True(next.Started);
        Assert.Equal(user.Port, next.Port);
        Assert.Equal(1, await user.AskAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task A_watchdog_that_was_killed_is_replaced_by_the_next_who_joins()
    {
        await using var data = new TestDataFolder();
        using var first = await PostgresUser.StartAsync(data.Location);
        var killed = Assert.Single(await data.WatchdogsAsync());
        TestDataFolder.KillAndWait(killed);

        using var second = await PostgresUser.StartAsync(data.Location);

        Assert.NotEqual(killed, Assert.Single(await data.WatchdogsAsync()));
        await first.KillAsync();
        await second.KillAsync();
        await data.ServerAndWatchdogEndAsync();
    }

    [Fact]
    public async Task A_watchdog_that_was_killed_is_replaced_by_a_user_who_lets_go()
    {
        await using var data = new TestDataFolder();
        using var only = await PostgresUser.StartAsync(data.Location);
        TestDataFolder.KillAndWait(Assert.Single(await data.WatchdogsAsync()));
        await only.EndAsync();

        await data.ServerAndWatchdogEndAsync();
    }

    [Fact]
    public async Task The_server_listens_on_loopback_only_and_wants_its_password()
    {
        await using var data = new TestDataFolder();
        using var user = await PostgresUser.StartAsync(data.Location);

        Assert.Equal("127.0.0.1", await user.AskAsync<string>("SELECT current_setting('listen_addresses')"));
        Assert.Equal("", await user.AskAsync<string>("SELECT current_setting('unix_socket_directories')"));
        var stranger = new NpgsqlConnectionStringBuilder(user.ConnectionString) { Password = "guessed", Pooling = false };
        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }
}

/// <summary>Folders as crashes, copies and people leave them.</summary>
public sealed class PrivatePostgresFolderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_start_that_was_killed_half_way_is_done_anew(bool withItsChildren)
    {
        await using var data = new TestDataFolder();
        using (var killed = PostgresUser.Begin(data.Location))
        {
            await Eventually.HoldsAsync("a database is being made", TimeSpan.FromSeconds(30), () => HalfMade(data).Any(
                half => File.Exists(Path.Combine(half, "PG_VERSION"))));
            await (withItsChildren ? killed.KillWithChildrenAsync() : killed.KillAsync());
        }

        Assert.False(Directory.Exists(data.In("postgres")));
        using var user = await PostgresUser.StartAsync(data.Location);

        Assert.True(user.Started);
        Assert.Equal(1, await user.AskAsync<int>("SELECT 1"));
        using var next = await PostgresUser.StartAsync(data.Location);
    }

    [Fact]
    public async Task A_folder_whose_name_a_shell_would_read_as_commands_serves()
    {
        await using var data = new TestDataFolder("it's \"my\" $(touch bad) `data` & ünï; \\");
        using var user = await PostgresUser.StartAsync(data.Location);

        Assert.Equal(1, await user.AskAsync<int>("SELECT 1"));
        await user.EndAsync();
        await data.ServerAndWatchdogEndAsync();
    }

    [Fact]
    public async Task A_parent_that_the_server_cannot_enter_is_named()
    {
        await using var data = new TestDataFolder();
        var closed = Path.Combine(data.Parent, "closed");
        Directory.CreateDirectory(closed);
        File.SetUnixFileMode(closed, UnixFileMode.None);
        using var user = PostgresUser.Begin(Path.Combine(closed, "data"));

        var refusal = await user.IsRefusedAsync();
        // An ordinary user could not remove it otherwise.
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.Contains(closed, refusal, StringComparison.Ordinal);
        Assert.Contains("set COHORTS_DATA to a folder", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_is_named()
    {
        await using var data = new TestDataFolder();
        await File.WriteAllTextAsync(data.Location, "not a folder");
        using var user = PostgresUser.Begin(data.Location);

        Assert.Contains($"The data folder {data.Location} cannot be used", await user.IsRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_version_is_left_alone_and_named()
    {
        await using var data = new TestDataFolder();
        Directory.CreateDirectory(data.In("postgres"));
        await File.WriteAllTextAsync(data.In("postgres/PG_VERSION"), "1\n");
        using var user = PostgresUser.Begin(data.Location);

        Assert.Contains("was made by PostgreSQL 1,", await user.IsRefusedAsync(), StringComparison.Ordinal);
        Assert.Equal(["PG_VERSION"], Directory.EnumerateFileSystemEntries(data.In("postgres")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Something_else_in_the_databases_place_is_left_alone()
    {
        await using var data = new TestDataFolder();
        Directory.CreateDirectory(data.In("postgres"));
        await File.WriteAllTextAsync(data.In("postgres/thesis.txt"), "years of work");
        using var user = PostgresUser.Begin(data.Location);

        Assert.Contains(data.In("postgres"), await user.IsRefusedAsync(), StringComparison.Ordinal);
        Assert.Equal("years of work", await File.ReadAllTextAsync(data.In("postgres/thesis.txt")));
    }

    [Fact]
    public async Task A_crash_left_the_number_of_what_is_now_another_folders_server()
    {
        await using var other = new TestDataFolder();
        using var user = await PostgresUser.StartAsync(other.Location);
        await using var data = new TestDataFolder();
        await MakeAndStopAsync(data);
        // What a machine that was switched off leaves: the number now belongs to a process of the same user and name.
        File.Copy(other.In("postgres/postmaster.pid"), data.In("postgres/postmaster.pid"));
        File.SetUnixFileMode(
            data.In("postgres/postmaster.pid"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        using var next = await PostgresUser.StartAsync(data.Location);

        Assert.True(next.Started);
        Assert.NotEqual(user.Port, next.Port);
        Assert.Equal(1, await user.AskAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task A_full_disk_left_the_servers_file_empty()
    {
        await using var data = new TestDataFolder();
        await MakeAndStopAsync(data);
        await File.WriteAllTextAsync(data.In("postgres/postmaster.pid"), "");

        using var next = await PostgresUser.StartAsync(data.Location);

        Assert.True(next.Started);
    }

    [Fact]
    public async Task A_lost_password_is_replaced_while_no_server_runs()
    {
        await using var data = new TestDataFolder();
        await MakeAndStopAsync(data);
        File.Delete(data.In("password"));

        using var next = await PostgresUser.StartAsync(data.Location);

        Assert.Equal(1, await next.AskAsync<int>("SELECT 1"));
    }

    [Fact]
    public async Task The_password_is_for_its_owner_alone()
    {
        await using var data = new TestDataFolder();
        using var user = await PostgresUser.StartAsync(data.Location);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(data.In("password")));
    }

    private static IEnumerable<string> HalfMade(TestDataFolder data) =>
        Directory.Exists(data.Location) ? Directory.EnumerateDirectories(data.Location, "postgres.making-*") : [];

    private static async Task MakeAndStopAsync(TestDataFolder data)
    {
        using (var user = await PostgresUser.StartAsync(data.Location))
            await user.EndAsync();
        await data.ServerAndWatchdogEndAsync();
    }
}

using System.Text;
using Cohorts.Hosting;
using Npgsql;

namespace Cohorts.SystemTests;

/// <summary>As whom the program works in the private server, and what the server's processes know of the program.</summary>
public sealed class PrivatePostgresRoleTests
{
    private const string Secret = "token-that-no-child-may-see";

    [Fact]
    public async Task The_programs_role_makes_databases_and_is_no_superuser()
    {
        await using var data = new TestDataFolder();
        using var user = await PostgresUser.StartAsync(data.Location);

        Assert.Equal("cohorts", await user.AskAsync<string>("SELECT current_user::text"));
        Assert.False(await user.AskAsync<bool>("SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"));
        Assert.Equal("postgres", await user.AskAsync<string>("SELECT rolname::text FROM pg_roles WHERE rolsuper"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => user.AskAsync<object>("SELECT pg_read_file('/etc/passwd')"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        await user.AskAsync<object>("CREATE DATABASE another");
        Assert.True(await user.AskAsync<bool>("SELECT pg_has_role('pg_signal_backend', 'USAGE')"));
        foreach (var password in (string[])["", "cohorts", "postgres", new NpgsqlConnectionStringBuilder(user.ConnectionString).Password!])
        {
            var superuser = new NpgsqlConnectionStringBuilder(user.ConnectionString) { Username = "postgres", Password = password, Pooling = false };
            await using var connection = new NpgsqlConnection(superuser.ConnectionString);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.OpenAsync());
        }
    }

    [Fact]
    public async Task A_folder_of_an_earlier_version_whose_role_was_the_superuser_goes_on_with_all_that_was_in_it()
    {
        await using var data = new TestDataFolder();
        using (var user = await PostgresUser.StartAsync(data.Location))
            await user.EndAsync();
        await data.ServerAndWatchdogEndAsync();
        await MakeAsEarlierAsync(data);

        using var later = await PostgresUser.StartAsync(data.Location);

        Assert.False(await later.AskAsync<bool>("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"));
        foreach (var database in (string[])["cohorts", "we;ird \"name"])
        {
            var there = new NpgsqlConnectionStringBuilder(later.ConnectionString) { Database = database, Pooling = false };
            await using var connection = new NpgsqlConnection(there.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                ALTER TABLE kept ADD COLUMN more int;
                INSERT INTO kept (mood) VALUES ('sad');
                ALTER TYPE mood ADD VALUE 'glad';
                CREATE OR REPLACE VIEW seen AS SELECT id, mood FROM kept;
                CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2';
                ALTER SEQUENCE numbers RESTART;
                ALTER TABLE apart.thing ADD COLUMN more int;
                CREATE TABLE public.another ();
                """,
                connection);
            await command.ExecuteNonQueryAsync();
            command.CommandText = "SELECT count(*) || ' ' || max(id) FROM seen";
            Assert.Equal("2 2", await command.ExecuteScalarAsync());
        }

        await later.AskAsync<object>("DROP DATABASE cohorts");
    }

    [Fact]
    public async Task No_process_of_the_server_has_the_programs_secrets_in_its_environment()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using var data = new TestDataFolder();
        using var user = PostgresUser.Begin(data.Location, new Dictionary<string, string>
        {
            ["Discord__Token"] = Secret,
            ["ConnectionStrings__Other"] = Secret,
            ["MY_OWN"] = Secret,
            ["PGOPTIONS"] = "-c search_path=" + Secret,
        });
        await user.IsReadyAsync();

        var children = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            try
            {
                var command = await File.ReadAllTextAsync(Path.Combine(process, "cmdline"));
                var parent = (await File.ReadAllTextAsync(Path.Combine(process, "stat"))).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
                if (Path.GetFileName(process) != data.ServerProcess.ToString() && parent != data.ServerProcess.ToString()
                    && !command.Contains(data.Location, StringComparison.Ordinal))
                {
                    continue;
                }

                // PostgreSQL's children write their title over their environment.
                children.Add(command);
                Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(await File.ReadAllBytesAsync(Path.Combine(process, "environ"))), StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        Assert.Contains(children, c => c.Contains("Cohorts.PostgresWatchdog", StringComparison.Ordinal));
        Assert.Contains(children, c => c.Contains("postgres", StringComparison.Ordinal) && !c.Contains("Watchdog", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PATH", true, true)]
    [InlineData("HTTPS_PROXY", false, true)]
    [InlineData("npm_config_registry", false, true)]
    [InlineData("Discord__Token", false, false)]
    [InlineData("ConnectionStrings__Cohorts", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", false, false)]
    [InlineData("AWS_SECRET_ACCESS_KEY", false, false)]
    [InlineData("PGPASSWORD", false, false)]
    [InlineData("LD_PRELOAD", false, false)]
    public void A_child_gets_what_is_on_the_list_of_its_kind(string name, bool ordinary, bool download)
    {
        Assert.Equal(ordinary, ChildEnvironment.Ordinary(name));
        Assert.Equal(download, ChildEnvironment.Ordinary(name) || ChildEnvironment.Download(name));
    }

    /// <summary>What versions before made: initdb's role is called cohorts, has the password, and owns everything.</summary>
    private static async Task MakeAsEarlierAsync(TestDataFolder data)
    {
        File.Delete(data.In("postgres/cohorts_role"));
        await SingleAsync(
            data,
            "postgres",
            """
            ALTER DATABASE postgres OWNER TO postgres
            UPDATE pg_authid SET rolpassword = (SELECT rolpassword FROM pg_authid WHERE rolname = 'cohorts') WHERE oid = 10
            DROP ROLE cohorts
            UPDATE pg_authid SET rolname = 'cohorts' WHERE oid = 10
            CREATE DATABASE cohorts
            CREATE DATABASE "we;ird ""name"

            """);
        // Not in single-user mode, in which objects get numbers that initdb's own have.
        var (account, programs) = await ProgramsAsync(data);
        var port = Bot.BotWorld.FreePort();
        Assert.True((await account.RunAsync(
            data.In("postgres"), [programs["pg_ctl"], "start", "-D", ".", "-l", "log", "-w", "-o", $"-p {port} -h 127.0.0.1 -c unix_socket_directories="],
            CancellationToken.None)).Succeeded);
        foreach (var database in (string[])["cohorts", "we;ird \"name"])
        {
            var there = DatabaseServer.ConnectionString(port, (await File.ReadAllTextAsync(data.In("password"))).Trim(), database);
            await using var connection = new NpgsqlConnection(there + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                CREATE TYPE mood AS ENUM ('sad');
                CREATE TABLE kept (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood);
                INSERT INTO kept (mood) VALUES ('sad');
                CREATE VIEW seen AS SELECT id, mood FROM kept;
                CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE SEQUENCE numbers;
                CREATE SCHEMA apart;
                CREATE TABLE apart.thing ();
                """,
                connection);
            await command.ExecuteNonQueryAsync();
        }

        Assert.True((await account.RunAsync(
            data.In("postgres"), [programs["pg_ctl"], "stop", "-D", ".", "-w", "-m", "fast"], CancellationToken.None)).Succeeded);
    }

    private static async Task<(ServerAccount Account, PostgresPrograms Programs)> ProgramsAsync(TestDataFolder data)
    {
        var account = await ServerAccount.ChooseAsync(CancellationToken.None);
        return (account, (await PostgresPrograms.FindAsync(data.In("postgres"), [], account, CancellationToken.None))!);
    }

    private static async Task SingleAsync(TestDataFolder data, string database, string statements)
    {
        var (account, programs) = await ProgramsAsync(data);
        var done = await account.RunAsync(
            data.In("postgres"), [programs["postgres"], "--single", "-D", ".", database], CancellationToken.None, statements);
        Assert.DoesNotContain("ERROR", done.Errors, StringComparison.Ordinal);
        Assert.Equal(0, done.ExitCode);
    }
}

using Cohorts.Domain;
using Cohorts.Features.ForgetUser;
using Cohorts.Features.ImportCohort;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.RealizeGroups;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Tests.Features.ImportCohort;
using Cohorts.Tests.Features.RealizeGroups;
using Dapper;
using MediatR;

namespace Cohorts.Tests.Features;

/// <summary>Whoever only looks changes no row, and waits for nobody who changes one.</summary>
public sealed class LookingTests
{
    private static readonly string[] Tables = ["users", "courses_users", "cohorts", "groups", "groups_users", "meetings"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task No_query_preview_list_or_dry_run_changes_a_row_or_waits_for_one_that_is_locked()
    {
        await using var world = await RealizeWorld.StartAsync();
        var guild = await world.FirstGuildAsync();
        var cohort = await world.AddCohortAsync(guild, groups: 2, size: 3, name: "Standing");
        await world.RealizeWellAsync(cohort);
        var scheduled = await world.Slices.AddCohortAsync("To be scheduled");
        foreach (var person in Enumerable.Range(1, 5))
            await world.Slices.AddPersonAsync(scheduled, $"Person {person}", "M10:00 M12:00");
        // Of no server, in the only one that the bot is in: a look must not give it to that server.
        await world.ExecuteAsync("INSERT INTO bot_guilds (guild_id, application_id) VALUES (@Id, '1'); UPDATE cohorts SET discord_guild_id = NULL", new { guild.Id });
        var here = new GuildId(ulong.Parse(guild.Id, null));
        var run = new RunId(await world.AskAsync<long>("SELECT max(run_id) FROM runs"));
        const string File = "name,email,availability\nPerson 1,one@example.org,M10:00 M12:00\nSomebody new,two@example.org,M10:00 M12:00\n";
        using var folder = new Folder();

        var before = await RowsAsync(world);
        await using var locker = await world.Slices.DataSource.OpenConnectionAsync();
        await using var locked = await locker.BeginTransactionAsync();
        foreach (var table in Tables)
            await locker.ExecuteAsync($"SELECT 1 FROM {table} FOR UPDATE", transaction: locked);

        var list = await LookAsync(world, new Cohorts.Features.ListCohorts.ListCohorts.Query());
        Assert.Equal(2, list.Result!.Cohorts.Count);
        Assert.Equal(2, (await LookAsync(world, new Cohorts.Features.ListCohorts.ListCohorts.Query(here))).Result!.Cohorts.Count);
        Assert.Equal([scheduled], (await LookAsync(world, new CohortsToSchedule.Query("", here))).Select(c => c.CohortId));
        Assert.Equal([cohort], (await LookAsync(world, new CohortsToRealize.Query("stand", here))).Select(c => c.CohortId));
        Assert.False((await Cohort.FindInGuildAsync(world.Slices.DataSource, cohort, here, CancellationToken.None).WaitAsync(Patience)).IsRefused);
        Assert.False((await Cohort.FindAsync(world.Slices.DataSource, "Standing", CancellationToken.None).WaitAsync(Patience)).IsRefused);
        Assert.False((await LookAsync(world, new PreviewRealization.Query(cohort, here))).IsRefused);
        await LookAsync(world, new KeptResult.Query(run, here));
        await LookAsync(world, new KeptRealization.Query(run, here));
        Assert.Single((await LookAsync(world, new FindUser.Query(guild.MemberIds[0]))).Result!.Candidates);
        Assert.False((await LookAsync(world, new Cohorts.Features.CourseWelcome.CourseWelcome.Command("Rust", Cohorts.Features.CourseWelcome.CourseWelcome.Change.None, null))).IsRefused);
        foreach (var name in new[] { "To be scheduled", "Not there yet" })
            Assert.False((await LookAsync(world, Files.Import(File, name) with { Mode = ImportMode.DryRun })).IsRefused);
        Assert.False((await LookAsync(world, new Cohorts.Features.ExportCohort.ExportCohort.Command(cohort, Path.Combine(folder.Location, "export")))).IsRefused);

        await locked.RollbackAsync();
        Assert.Equal(before, await RowsAsync(world));
    }

    private static async Task<T> LookAsync<T>(RealizeWorld world, IRequest<T> request) => await world.Slices.SendAsync(request).WaitAsync(Patience);

    /// <summary>Each row with the transaction that wrote it, and its place.</summary>
    private static async Task<IReadOnlyList<string>> RowsAsync(RealizeWorld world)
    {
        await using var connection = await world.Slices.DataSource.OpenConnectionAsync();
        return [.. await connection.QueryAsync<string>(string.Join(
            " UNION ALL ", Tables.Select(t => $"SELECT '{t} ' || ctid::text || ' ' || xmin::text || ' ' || {t}::text FROM {t}")) + " ORDER BY 1")];
    }

    private sealed class Folder : IDisposable
    {
        public string Location { get; } = Directory.CreateTempSubdirectory("cohorts-looking-").FullName;

        public void Dispose() => Directory.Delete(Location, recursive: true);
    }
}

using Cohorts.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cohorts.Tests.Hosting;

public sealed class MigrationsTests
{
    [Fact]
    public async Task A_new_database_gets_every_script_once()
    {
        var database = await TestDatabase.EmptyAsync();
        try
        {
            var first = await Migrations.MigrateAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);
            var second = await Migrations.MigrateAsync(database.ConnectionString, NullLogger.Instance, CancellationToken.None);

            Assert.Equal(Migrations.Scripts.Select(script => script.Name), first);
            Assert.Empty(second);
        }
        finally
        {
            await database.DisposeAsync();
        }
    }
}

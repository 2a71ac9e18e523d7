using System.Data.Common;
using Dapper;

namespace Cohorts.Domain;

/// <summary>What keeps a run that has lost its turn from writing, or from calling anybody else.</summary>
public static class TurnFence
{
    /// <summary>The run's row stays locked until the transaction ends, so nobody takes the turn over in between.</summary>
    /// <exception cref="TurnLostException">The run no longer holds its cohort's open row.</exception>
    public static async Task HoldTurnAsync(this DbTransaction transaction, CurrentRun run, CancellationToken cancellation)
    {
        var held = await transaction.Connection!.ExecuteScalarAsync<int?>(new CommandDefinition(
            "SELECT 1 FROM runs WHERE run_id = @Run AND ended_at IS NULL FOR UPDATE",
            new { Run = run.Id.Value },
            transaction,
            cancellationToken: cancellation));
        if (held is null)
            throw new TurnLostException(run.Id, run.CohortId);
    }

    /// <summary>The look before something is done that no transaction can take back.</summary>
    /// <exception cref="TurnLostException">The run no longer holds its cohort's open row.</exception>
    public static async Task LookForTurnAsync(this DbDataSource database, CurrentRun run, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var held = await connection.ExecuteScalarAsync<int?>(new CommandDefinition(
            "SELECT 1 FROM runs WHERE run_id = @Run AND ended_at IS NULL",
            new { Run = run.Id.Value },
            cancellationToken: cancellation));
        if (held is null)
            throw new TurnLostException(run.Id, run.CohortId);
    }
}

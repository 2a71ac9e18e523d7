using System.Data;
using System.Globalization;
using Cohorts.Domain;
using Dapper;
using NodaTime;
using Npgsql;

namespace Cohorts.Hosting;

/// <summary>How this program's types stand in PostgreSQL: ids as integers, dates and instants as NodaTime's.</summary>
public static class Database
{
    /// <summary>
    /// A server that is paused or cut off between two statements of a transaction keeps its row locks, and whoever takes over its run waits
    /// for them: PostgreSQL ends such a session after half a minute. No transaction here pauses so long between two statements. What a
    /// connection string says itself comes later and counts.
    /// </summary>
    private const string EndIdleTransactions = "-c idle_in_transaction_session_timeout=30s";

    static Database()
    {
        SqlMapper.AddTypeHandler(new IdHandler<CohortId>(v => new(Convert.ToInt32(v)), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<UserId>(v => new(Convert.ToInt32(v)), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<GroupId>(v => new(Convert.ToInt32(v)), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<RunId>(v => new(Convert.ToInt64(v)), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<GuildId>(v => new(ulong.Parse((string)v, CultureInfo.InvariantCulture)), id => id.ToString()));
        SqlMapper.AddTypeHandler(new AsItIs<LocalDate>());
        SqlMapper.AddTypeHandler(new AsItIs<Instant>());
    }

    public static NpgsqlDataSource Open(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.ApplicationName ??= "Cohorts";
        builder.ConnectionStringBuilder.Options = $"{EndIdleTransactions} {builder.ConnectionStringBuilder.Options}".TrimEnd();
        builder.UseNodaTime();
        return builder.Build();
    }

    private sealed class IdHandler<T>(Func<object, T> read, Func<T, object> write) : SqlMapper.TypeHandler<T>
        where T : struct
    {
        public override T Parse(object value) => read(value);

        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = write(value);
    }

    /// <summary>Npgsql.NodaTime knows the type; Dapper only has to leave it alone.</summary>
    private sealed class AsItIs<T> : SqlMapper.TypeHandler<T>
        where T : struct
    {
        public override T Parse(object value) => (T)value;

        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = value;
    }
}

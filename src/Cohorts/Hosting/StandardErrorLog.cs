using Microsoft.Extensions.Logging.Console;

namespace Cohorts.Hosting;

/// <summary>Standard output is for results; the log goes to standard error, one line an event.</summary>
public static class StandardErrorLog
{
    public static void ToStandardError(this ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            // Guild, cohort and run stand in scopes.
            o.IncludeScopes = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter(null, level);
        // What goes wrong with host and cluster surfaces as a call that fails, and a verb tells it in its own words. A server's log
        // keeps what they say, but for each silo that comes and goes.
        var isServer = level <= LogLevel.Information;
        logging.AddFilter("Microsoft", isServer ? LogLevel.Warning : LogLevel.Critical);
        logging.AddFilter("Polly", isServer ? LogLevel.Warning : LogLevel.Critical);
        logging.AddFilter("Orleans", isServer ? LogLevel.Error : LogLevel.Critical);
    }

    /// <summary>For what happens before there is a host: database and migrations.</summary>
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging => logging.ToStandardError(level));
}

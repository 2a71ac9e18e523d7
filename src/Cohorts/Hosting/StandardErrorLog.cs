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
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter(null, level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Polly", LogLevel.Warning);
        // The cluster reports every silo that comes and goes; what matters of it surfaces as a call that fails.
        logging.AddFilter("Orleans", LogLevel.Error);
    }

    /// <summary>For what happens before there is a host: database and migrations.</summary>
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging => logging.ToStandardError(level));
}

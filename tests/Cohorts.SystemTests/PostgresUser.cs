using System.Diagnostics;
using Npgsql;

namespace Cohorts.SystemTests;

/// <summary>A process of its own that uses the private server of a data folder until it is told to end, or is killed.</summary>
internal sealed class PostgresUser : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private PostgresUser(Process process) => _process = process;

    public bool Started { get; private set; }

    public string ConnectionString { get; private set; } = "";

    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    /// <summary>Begins a process that is yet to say whether it started or joined the server.</summary>
    /// <param name="dataFolder">Whose server it uses.</param>
    /// <param name="environment">What stands in its environment besides.</param>
    public static PostgresUser Begin(string dataFolder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cohorts.PostgresUser.dll")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COHORTS_DATA"] = dataFolder;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new PostgresUser(Process.Start(start)!);
    }

    public static Task<PostgresUser> StartAsync(string dataFolder) => Begin(dataFolder).IsReadyAsync();

    public async Task<PostgresUser> IsReadyAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var how = await _process.StandardOutput.ReadLineAsync(limit.Token);
        if (how is null)
            Assert.Fail("No server: " + await _process.StandardError.ReadToEndAsync(limit.Token));
        Started = string.Equals(how, "started", StringComparison.Ordinal);
        ConnectionString = (await _process.StandardOutput.ReadLineAsync(limit.Token))!;
        return this;
    }

    /// <summary>The one line that it ends with when there is no server to be had.</summary>
    public async Task<string> IsRefusedAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var said = await _process.StandardError.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        Assert.Equal(1, _process.ExitCode);
        return Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>As kill -9.</summary>
    public async Task KillAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        _process.Kill();
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>As kill -9 of the process and everything it has started.</summary>
    public async Task KillWithChildrenAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Lets it end by itself, and reads its output to the end, which nobody may hold open beyond it.</summary>
    public async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(limit.Token);
        await _process.StandardOutput.ReadToEndAsync(limit.Token);
        await _process.StandardError.ReadToEndAsync(limit.Token);
        Assert.Equal(0, _process.ExitCode);
    }

    public async Task<T> AskAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=60");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

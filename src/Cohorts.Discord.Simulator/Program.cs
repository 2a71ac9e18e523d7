using System.CommandLine;
using Cohorts.Discord.Simulator;
using Cohorts.Discord.Simulator.Control;

var urls = new Option<string>("--urls") { Description = "Where to listen; port 0 takes a free one.", DefaultValueFactory = _ => SimulatorOptions.DefaultUrl };
var rateFactor = new Option<double>("--rate-factor") { Description = "Multiplies the requests that each rate limit allows; 1 is Discord's pace as far as it is known.", DefaultValueFactory = _ => 1 };
var patience = new Option<double>("--patience") { Description = "Multiplies the three seconds within which a bot must acknowledge; 1 is Discord's.", DefaultValueFactory = _ => 1 };
var guilds = new Option<int>("--guilds") { Description = "Guilds that stand at the start.", DefaultValueFactory = _ => 1 };
var members = new Option<int>("--members") { Description = "Members of each guild beside its owner, its administrator and the bot.", DefaultValueFactory = _ => 30 };
var record = new Option<FileInfo?>("--record") { Description = "Writes every REST call and its answer to this file, a JSON object a line." };
rateFactor.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double>() is not > 0)
    {
        result.AddError("--rate-factor must be above 0.");
    }
});
guilds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 1 or > 100)
    {
        result.AddError("--guilds must be between 1 and 100.");
    }
});
members.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 0 or > 10_000)
    {
        result.AddError("--members must be between 0 and 10000.");
    }
});

var root = new RootCommand(
    "A Discord of your own on this machine, in memory: REST, gateway, and a page to look at and type in. "
    + "It is a tool for trying and testing, not Discord, and knows only what it was written to know. Any bot token is right.")
{
    urls, rateFactor, patience, guilds, members, record,
};
root.SetAction(async (parsed, stop) =>
{
    // Only when this returns are Ctrl-C and its like listened for; the server would be up before.
    await Task.Yield();
    using var recording = parsed.GetValue(record) is { } file ? new Recording(file.FullName) : null;
    var options = new SimulatorOptions
    {
        Urls = parsed.GetValue(urls)!,
        RateFactor = parsed.GetValue(rateFactor),
        PatienceFactor = parsed.GetValue(patience),
        Guilds = parsed.GetValue(guilds),
        Members = parsed.GetValue(members),
        OnCall = recording is null ? null : recording.Add,
    };
    SimulatorServer server;
    try
    {
        server = await SimulatorServer.StartAsync(options, stop);
    }
    catch (Exception e) when (e is IOException or FormatException or InvalidOperationException or System.Net.Sockets.SocketException)
    {
        await Console.Error.WriteLineAsync($"Cannot listen at {options.Urls}: {e.Message.TrimEnd('.')}. Name another address with --urls, such as http://127.0.0.1:0 for any free port.");
        return 1;
    }

    await using (server)
    {
        Console.WriteLine($"""
            A simulated Discord, for trying and testing. The page: {server.Address}
            For a bot: Discord__ApiBaseUrl={new Uri(server.Address, "api/v10")}, and any token. Ctrl-C ends it and forgets everything.
            """);
        await server.WaitForShutdownAsync(stop);
    }

    // Ctrl-C, and whatever else asks a process to end.
    return stop.IsCancellationRequested ? 130 : 0;
});
return await root.Parse(args).InvokeAsync();

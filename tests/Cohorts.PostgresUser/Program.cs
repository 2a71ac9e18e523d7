using Cohorts.Hosting;

// Uses the private server of COHORTS_DATA as a process of its own: prints whether it started or joined it and how it is
// reached, then holds on until its standard input ends. A refusal goes to stderr, with exit code 1.
try
{
    await using var postgres = await PrivatePostgres.StartOrJoinAsync(
        DataFolder.Locate(Environment.GetEnvironmentVariable("COHORTS_DATA")), progress: null, CancellationToken.None);
    Console.WriteLine(postgres.Started ? "started" : "joined");
    Console.WriteLine(postgres.ConnectionString("postgres"));
    await Console.In.ReadToEndAsync();
    return 0;
}
catch (PrivatePostgresException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

using System.CommandLine;
using System.CommandLine.Invocation;
using Cohorts.Features.AssignCohort;
using Cohorts.Features.CourseWelcome;
using Cohorts.Features.Doctor;
using Cohorts.Features.ExportCohort;
using Cohorts.Features.ForgetUser;
using Cohorts.Features.ImportCohort;
using Cohorts.Features.ListCohorts;
using Cohorts.Features.MigrateDatabase;
using Cohorts.Features.RealizeGroups;
using Cohorts.Features.RunDemo;
using Cohorts.Features.ScheduleCohort;
using Cohorts.Features.Serve;
using Cohorts.Features.SolveFile;
using Cohorts.Hosting;

SafeTerminal.Install();
var root = new RootCommand("Forms groups of learners that can really meet, and saves them. Start with: ./cohorts demo")
{
    ImportVerb.Create(),
    ListVerb.Create(),
    ScheduleVerb.Create(),
    RealizeVerb.Create(),
    AssignVerb.Create(),
    WelcomeVerb.Create(),
    ExportVerb.Create(),
    ForgetVerb.Create(),
    DoctorVerb.Create(),
    SolveVerb.Create(),
    DemoVerb.Create(),
    MigrateVerb.Create(),
    ServeVerb.Create(),
};

// A silo needs some seconds to leave its cluster in order; by default the process would be gone after two.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
// Without response files: "@ana.p" is somebody's Discord name, and no file of arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
// Help goes to standard output, which belongs to results; whoever mistyped an option is told what is wrong with it.
if (parsed.Action is ParseErrorAction mistyped && args.Length > 0)
{
    mistyped.ShowHelp = false;
    var unheard = parsed.CommandResult.Command == root ? $"There is no verb \"{args[0]}\"."
        : args[0].StartsWith('-') ? $"{args[0]} belongs behind the verb."
        : null;
    if (unheard is not null)
    {
        await Console.Error.WriteLineAsync($"{unheard} `./cohorts --help` names all verbs.");
        return 1;
    }
}

return await parsed.InvokeAsync(invocation);

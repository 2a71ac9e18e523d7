using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnit;
using Cohorts.Domain;
using MediatR;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Cohorts.Tests;

/// <summary>The arrows between the rooms of the house, read from the compiled program.</summary>
public sealed class ArchitectureTests
{
    private static readonly Architecture House =
        new ArchLoader().LoadAssemblies(typeof(CohortId).Assembly, typeof(Scheduling.Problem).Assembly, typeof(Discord.Snowflake).Assembly).Build();

    [Theory]
    [InlineData("Cohorts.Scheduling", "Cohorts.(Domain|Grains|Hosting|Bot|Features|Discord)")]
    [InlineData("Cohorts.Discord", "Cohorts.(Domain|Grains|Hosting|Bot|Features|Scheduling)")]
    [InlineData("Cohorts.Domain", "Cohorts.(Grains|Hosting|Bot|Features)")]
    [InlineData("Cohorts.Grains", "Cohorts.(Hosting|Bot|Features)")]
    [InlineData("Cohorts.Hosting", "Cohorts.(Bot|Features)")]
    [InlineData("Cohorts.Bot", "Cohorts.Features")]
    public void A_lower_room_knows_nothing_of_a_higher_one(string lower, string higher) =>
        NeverDependsOn($@"^{Regex.Escape(lower)}(\.|$)", $@"^{higher}(\.|$)").Check(House);

    [Fact]
    public void Slices_do_not_know_each_other()
    {
        var slices = House.Types
            .Select(t => (t.Namespace?.FullName ?? "").Split('.'))
            .Where(rooms => rooms is ["Cohorts", "Features", not "RunDemo", ..])
            .Select(rooms => rooms[2])
            .Distinct()
            .ToList();
        Assert.Contains("ScheduleCohort", slices);

        foreach (var slice in slices)
            NeverDependsOn($@"^Cohorts\.Features\.{slice}(\.|$)", $@"^Cohorts\.Features\.(?!{slice}(\.|$)|ListCohorts$|RealizeGroups$)").Check(House);
    }

    /// <summary>What a course's groups will read is shown by the function that writes it: that text, and nothing else of the slice.</summary>
    [Fact]
    public void Of_realizing_the_courses_welcome_knows_only_the_text_and_other_slices_nothing()
    {
        NeverDependsOn(@"^Cohorts\.Features\.(?!RealizeGroups|CourseWelcome|RunDemo)", @"^Cohorts\.Features\.RealizeGroups$").Check(House);
        Types().That().ResideInNamespaceMatching(@"^Cohorts\.Features\.CourseWelcome$").Should()
            .NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Cohorts\.Features\.RealizeGroups$")
                .And().DoNotHaveFullNameMatching(@"\.(Welcome(Message|Member|Template)?|Presence)([+/]|$)"))
            .Check(House);
    }

    /// <summary>The lists that commands offer while somebody types are queries of ListCohorts: those, and nothing else of it.</summary>
    [Fact]
    public void Of_the_list_other_slices_know_only_the_choices() =>
        Types().That().ResideInNamespaceMatching(@"^Cohorts\.Features\.(?!ListCohorts|RunDemo)").Should()
            .NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Cohorts\.Features\.ListCohorts$").And().DoNotHaveFullNameContaining("CohortsTo"))
            .Check(House);

    /// <summary>RealizeGroups is about Discord's own objects from end to end, and so is access that is taken away; the host makes the one client.</summary>
    [Fact]
    public void Only_modules_messages_and_the_bot_know_Discord() =>
        Types().That().ResideInNamespaceMatching(@"^Cohorts\.(Domain|Grains|Hosting|Features)(\.|$)")
            .And().DoNotResideInNamespaceMatching(@"^Cohorts\.Features\.RealizeGroups$").And().DoNotHaveFullNameMatching(@"^Cohorts\.Hosting\.Discord(Settings|Services)")
            .And().DoNotHaveNameMatching("(Module|Message|ServeVerb|DemoVerb)$").And().DoNotHaveFullNameMatching(@"(Module|Message|ServeVerb|DemoVerb)[+/]")
            .And().DoNotHaveFullNameMatching(@"^Cohorts\.Features\.ForgetUser\.Access").And().DoNotHaveFullNameMatching(@"^Cohorts\.Hosting\.Telemetry")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Cohorts\.Discord(\.|$)"))
            .Check(House);

    /// <summary>The demo tells the story of all slices: were the rule blind, it would let this pass too.</summary>
    [Fact]
    public void The_rule_sees_an_arrow_where_there_is_one() =>
        Assert.Throws<FailedArchRuleException>(() =>
            NeverDependsOn(@"^Cohorts\.Features\.RunDemo$", @"^Cohorts\.Features\.ImportCohort$").Check(House));

    [Fact]
    public void Handlers_know_neither_the_host_nor_Orleans()
    {
        Assert.NotEmpty(Handlers().GetObjects(House));
        Types().That().Are(Handlers()).And().DoNotResideInNamespaceMatching(@"^Cohorts\.Features\.RealizeGroups$").Should()
            .NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^(Cohorts\.(Hosting|Grains|Bot|Discord)|Orleans)(\.|$)"))
            .Check(House);
        Types().That().ResideInNamespaceMatching(@"^Cohorts\.Features\.RealizeGroups$").Should()
            .NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^(Cohorts\.Grains|Orleans)(\.|$)"))
            .Check(House);
    }

    private static IObjectProvider<Class> Handlers() =>
        Classes().That().ImplementInterface(typeof(IRequestHandler<,>)).Or().HaveNameMatching("^Handler$");

    private static IArchRule NeverDependsOn(string lower, string higher) =>
        Types().That().ResideInNamespaceMatching(lower).Should()
            .NotDependOnAny(Types().That().ResideInNamespaceMatching(higher));
}

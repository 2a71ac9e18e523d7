using System.Text.Json.Nodes;
using Cohorts.Discord.Simulator.Model;

namespace Cohorts.Discord.Simulator.Rest;

/// <summary>The recurrence_rule of an event, held to what Discord documents as "system limitations".</summary>
internal static class Recurrence
{
    /// <summary>The sets of weekdays that a daily rule may be kept to, each in any order.</summary>
    private static readonly int[][] DailySets = [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [6, 0, 1, 2, 3], [4, 5], [5, 6], [6, 0]];

    private static readonly string[] Parts = ["by_weekday", "by_n_weekday", "by_month", "by_month_day"];

    /// <summary>Null where something is wrong with it, which the form then says.</summary>
    public static RecurrenceRule? Read(Form rule)
    {
        var start = rule.Time("start", required: true);
        var frequency = (Frequency?)rule.Choice("frequency", required: true, 0, 1, 2, 3);
        var interval = ReadInterval(rule, frequency);
        var weekdays = rule.Wholes("by_weekday", 7, 0, 6);
        var nth = ReadNthWeekday(rule);
        var months = rule.Wholes("by_month", 12, 1, 12);
        var days = rule.Wholes("by_month_day", 33, -1, 31);
        foreach (var name in new[] { "count", "end", "by_year_day" })
        {
            CannotBeSet(rule, name, "This field cannot be set.");
        }

        CheckParts(rule, frequency, weekdays, months, days);
        if (rule.Errors.Any)
        {
            return null;
        }

        return new RecurrenceRule
        {
            Start = start!.Value,
            Frequency = frequency!.Value,
            Interval = interval,
            Weekdays = weekdays,
            NthWeekday = nth,
            Date = frequency == Frequency.Yearly ? (months[0], days[0]) : null,
        };
    }

    public static JsonObject Json(RecurrenceRule rule) => new()
    {
        ["start"] = Render.Time(rule.Start),
        ["end"] = null,
        ["frequency"] = (int)rule.Frequency,
        ["interval"] = rule.Interval,
        ["by_weekday"] = rule.Weekdays.Count > 0 ? Numbers(rule.Weekdays) : null,
        ["by_n_weekday"] = rule.NthWeekday is var (n, day) ? new JsonArray(new JsonObject { ["n"] = n, ["day"] = day }) : null,
        ["by_month"] = rule.Date is var (month, _) ? Numbers([month]) : null,
        ["by_month_day"] = rule.Date is var (_, date) ? Numbers([date]) : null,
        ["by_year_day"] = null,
        ["count"] = null,
    };

    private static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(number => JsonValue.Create(number))]);

    private static int ReadInterval(Form rule, Frequency? frequency) => frequency == Frequency.Weekly
        ? rule.Choice("interval", required: true, 1, 2) ?? 1
        : rule.Choice("interval", required: true, 1) ?? 1;

    private static (int N, int Day)? ReadNthWeekday(Form rule)
    {
        (int, int)? first = null;
        foreach (var item in rule.List("by_n_weekday", 7))
        {
            var n = item.Whole("n", 1, 5, required: true);
            var day = item.Whole("day", 0, 6, required: true);
            first ??= n is { } nth && day is { } weekday ? ((int)nth, (int)weekday) : null;
        }

        return first;
    }

    private static void CheckParts(Form rule, Frequency? frequency, IReadOnlyList<int> weekdays, IReadOnlyList<int> months, IReadOnlyList<int> days)
    {
        switch (frequency)
        {
            case Frequency.Daily:
                Allow(rule, "by_weekday");
                if (rule.HasValue("by_weekday") && !rule.Errors.Any && !DailySets.Any(set => set.Length == weekdays.Count && set.All(weekdays.Contains)))
                {
                    rule.Fail("by_weekday", "GUILD_SCHEDULED_EVENT_RECURRENCE_RULE_INVALID", $"Must be one of {string.Join(", ", DailySets.Select(set => $"[{string.Join(", ", set)}]"))} for a daily rule.");
                }

                break;
            case Frequency.Weekly:
                Allow(rule, "by_weekday");
                DemandOne(rule, "by_weekday", "weekly");
                break;
            case Frequency.Monthly:
                Allow(rule, "by_n_weekday");
                DemandOne(rule, "by_n_weekday", "monthly");
                break;
            case Frequency.Yearly:
                Allow(rule, "by_month", "by_month_day");
                DemandOne(rule, "by_month", "yearly");
                DemandOne(rule, "by_month_day", "yearly");
                // 2028 has a February 29.
                if (!rule.Errors.Any && (days[0] < 1 || days[0] > DateTime.DaysInMonth(2028, months[0])))
                {
                    rule.Fail("by_month_day", "GUILD_SCHEDULED_EVENT_RECURRENCE_RULE_INVALID", $"Month {months[0]} has no day {days[0]}.");
                }

                break;
        }
    }

    /// <summary>Documented: by_weekday, by_n_weekday and the pair of by_month and by_month_day exclude each other, each for its own frequencies.</summary>
    private static void Allow(Form rule, params string[] allowed)
    {
        foreach (var name in Parts.Except(allowed))
        {
            CannotBeSet(rule, name, "This field cannot be set with this frequency.");
        }
    }

    private static void DemandOne(Form rule, string name, string kind)
    {
        if (rule.Items(name, int.MaxValue).Count != 1)
        {
            rule.Fail(name, "BASE_TYPE_BAD_LENGTH", $"Must be exactly 1 in length for a {kind} rule.");
        }
    }

    private static void CannotBeSet(Form rule, string name, string why)
    {
        if (rule.HasValue(name))
        {
            rule.Fail(name, "GUILD_SCHEDULED_EVENT_RECURRENCE_RULE_INVALID", why);
        }
    }
}

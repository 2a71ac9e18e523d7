using CsCheck;

namespace Cohorts.Scheduling.Tests;

public class SlotSetTests
{
    private static readonly Gen<HashSet<int>> Sets = Gen.Int[0, 335].HashSet[0, 60];

    [Fact]
    public void It_behaves_as_a_set_of_numbers() =>
        Gen.Select(Sets, Sets).Sample((one, other) =>
        {
            var (a, b) = (Of(one), Of(other));
            Assert.Equal(one.Order(), Numbers(a));
            Assert.Equal(one.Count, a.Count);
            Assert.Equal(one.Count == 0, a.IsEmpty);
            Assert.Equal(one.Intersect(other).Order(), Numbers(a & b));
            Assert.Equal(one.Union(other).Order(), Numbers(a | b));
            Assert.Equal(one.Except(other).Order(), Numbers(a.Except(b)));
            Assert.Equal(one.Overlaps(other), a.Overlaps(b));
            Assert.Equal(one.SetEquals(other), a == b);
            Assert.Equal(!one.SetEquals(other), a != b);
            Assert.True(a.Equals((object)Of(one.Reverse())));
            Assert.Equal(a.GetHashCode(), Of(one.Reverse()).GetHashCode());
        });

    [Fact]
    public void What_is_removed_is_gone_and_nothing_else() =>
        Gen.Select(Sets, Gen.Int[0, 335]).Sample((numbers, gone) =>
        {
            var set = Of(numbers);
            set.Remove(gone);
            Assert.Equal(numbers.Where(n => n != gone).Order(), Numbers(set));
            Assert.False(set.Contains(gone));
        });

    private static SlotSet Of(IEnumerable<int> numbers)
    {
        var set = default(SlotSet);
        foreach (var number in numbers)
            set.Add(number);
        return set;
    }

    private static List<int> Numbers(SlotSet set)
    {
        var numbers = new List<int>();
        foreach (var number in set)
            numbers.Add(number);
        return numbers;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling;

/// <summary>
/// A set of possible starts of a meeting: slot 0 to 335 on the 30-minute grid of a week, Monday 00:00 UTC first, as six words of bits.
/// </summary>
public struct SlotSet : IEquatable<SlotSet>
{
    public const int SlotsPerWeek = WeekInterval.MinutesPerWeek / MinutesPerSlot;
    public const int MinutesPerSlot = 30;

    private Words _words;

    public readonly bool IsEmpty
    {
        get
        {
            ulong any = 0;
            for (var i = 0; i < Words.Count; i++)
                any |= _words[i];
            return any == 0;
        }
    }

    public readonly int Count
    {
        get
        {
            var count = 0;
            for (var i = 0; i < Words.Count; i++)
                count += BitOperations.PopCount(_words[i]);
            return count;
        }
    }

    public readonly bool Contains(int slot) => (_words[slot >> 6] >> (slot & 63) & 1) != 0;

    public void Add(int slot) => _words[slot >> 6] |= 1UL << (slot & 63);

    public void Remove(int slot) => _words[slot >> 6] &= ~(1UL << (slot & 63));

    public static SlotSet operator &(in SlotSet left, in SlotSet right)
    {
        var result = default(SlotSet);
        for (var i = 0; i < Words.Count; i++)
            result._words[i] = left._words[i] & right._words[i];
        return result;
    }

    public static SlotSet operator |(in SlotSet left, in SlotSet right)
    {
        var result = default(SlotSet);
        for (var i = 0; i < Words.Count; i++)
            result._words[i] = left._words[i] | right._words[i];
        return result;
    }

    public readonly SlotSet Except(in SlotSet other)
    {
        var result = default(SlotSet);
        for (var i = 0; i < Words.Count; i++)
            result._words[i] = _words[i] & ~other._words[i];
        return result;
    }

    public readonly bool Overlaps(in SlotSet other)
    {
        ulong any = 0;
        for (var i = 0; i < Words.Count; i++)
            any |= _words[i] & other._words[i];
        return any != 0;
    }

    /// <summary>The slots in ascending order; allocates nothing.</summary>
    public readonly Enumerator GetEnumerator() => new(this);

    public readonly bool Equals(SlotSet other)
    {
        ulong difference = 0;
        for (var i = 0; i < Words.Count; i++)
            difference |= _words[i] ^ other._words[i];
        return difference == 0;
    }

    public override readonly bool Equals(object? obj) => obj is SlotSet other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_words[0], _words[1], _words[2], _words[3], _words[4], _words[5]);

    public static bool operator ==(in SlotSet left, in SlotSet right) => left.Equals(right);

    public static bool operator !=(in SlotSet left, in SlotSet right) => !left.Equals(right);

    public struct Enumerator(SlotSet set)
    {
        private ulong _rest = set._words[0];
        private int _word;

        public int Current { get; private set; } = -1;

        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (++_word == Words.Count)
                    return false;
                _rest = set._words[_word];
            }

            Current = (_word << 6) + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }

    [InlineArray(Count)]
    private struct Words
    {
        public const int Count = 6;
        private ulong _first;
    }
}

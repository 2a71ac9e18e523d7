using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohorts.Scheduling;

/// <summary>
/// A set of slots, numbered from 0, of which there are at most <see cref="Capacity"/>. A week of half hours has 336 of them, one of
/// quarter hours 672, the rest is for groups that meet at other times or for longer.
/// </summary>
public struct SlotSet : IEquatable<SlotSet>
{
    public const int Capacity = 64 * Words.Count;

    /// <summary>The grid of weekly starts that is mostly enough, Monday 00:00 UTC first.</summary>
    public const int SlotsPerWeek = WeekInterval.MinutesPerWeek / MinutesPerSlot;
    public const int MinutesPerSlot = 30;

    /// <summary>The grid where somebody's hours begin or end off the half hour.</summary>
    public const int MinutesPerFineSlot = 15;

    private Words _words;

    public readonly bool IsEmpty
    {
        get
        {
            ulong any = 0;
            foreach (var word in Read(in _words))
                any |= word;
            return any == 0;
        }
    }

    public readonly int Count
    {
        get
        {
            var count = 0;
            foreach (var word in Read(in _words))
                count += BitOperations.PopCount(word);
            return count;
        }
    }

    public readonly bool Contains(int slot) => (_words[slot >> 6] >> (slot & 63) & 1) != 0;

    public void Add(int slot) => _words[slot >> 6] |= 1UL << (slot & 63);

    public void Remove(int slot) => _words[slot >> 6] &= ~(1UL << (slot & 63));

    public static SlotSet operator &(in SlotSet left, in SlotSet right)
    {
        var result = default(SlotSet);
        var one = Vectors(in left._words);
        var other = Vectors(in right._words);
        var to = WritableVectors(ref result._words);
        for (var i = 0; i < to.Length; i++)
            to[i] = one[i] & other[i];
        return result;
    }

    public static SlotSet operator |(in SlotSet left, in SlotSet right)
    {
        var result = default(SlotSet);
        var one = Vectors(in left._words);
        var other = Vectors(in right._words);
        var to = WritableVectors(ref result._words);
        for (var i = 0; i < to.Length; i++)
            to[i] = one[i] | other[i];
        return result;
    }

    public readonly SlotSet Except(in SlotSet other)
    {
        var result = default(SlotSet);
        var one = Vectors(in _words);
        var two = Vectors(in other._words);
        var to = WritableVectors(ref result._words);
        for (var i = 0; i < to.Length; i++)
            to[i] = Vector.AndNot(one[i], two[i]);
        return result;
    }

    public readonly bool Overlaps(in SlotSet other)
    {
        var one = Vectors(in _words);
        var two = Vectors(in other._words);
        var any = Vector<ulong>.Zero;
        for (var i = 0; i < one.Length; i++)
            any |= one[i] & two[i];
        return any != Vector<ulong>.Zero;
    }

    /// <summary>The slots in ascending order; allocates nothing.</summary>
    public readonly Enumerator GetEnumerator() => new(this);

    public readonly bool Equals(SlotSet other) => Read(in _words).SequenceEqual(Read(in other._words));

    public override readonly bool Equals(object? obj) => obj is SlotSet other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var word in Read(in _words))
            hash.Add(word);
        return hash.ToHashCode();
    }

    public static bool operator ==(in SlotSet left, in SlotSet right) => left.Equals(right);

    public static bool operator !=(in SlotSet left, in SlotSet right) => !left.Equals(right);

    /// <summary>The slots from 0 to <paramref name="count"/> − 1.</summary>
    public static SlotSet First(int count)
    {
        var all = default(SlotSet);
        for (var slot = 0; slot < count; slot++)
            all.Add(slot);
        return all;
    }

    private static ReadOnlySpan<ulong> Read(in Words words) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Words, ulong>(ref Unsafe.AsRef(in words)), Words.Count);

    private static ReadOnlySpan<Vector<ulong>> Vectors(in Words words) => MemoryMarshal.Cast<ulong, Vector<ulong>>(Read(in words));

    private static Span<Vector<ulong>> WritableVectors(ref Words words) =>
        MemoryMarshal.Cast<ulong, Vector<ulong>>(MemoryMarshal.CreateSpan(ref Unsafe.As<Words, ulong>(ref words), Words.Count));

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
        public const int Count = 16;
        private ulong _first;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cohorts.Scheduling.Search;

/// <summary>Element by element: how many are done at once makes no difference to any of them, so that every machine gives the same digits.</summary>
internal static class Vectors
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddSquares(Span<double> to, ReadOnlySpan<double> from)
    {
        var i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; i <= to.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                var some = new Vector<double>(from[i..]);
                (new Vector<double>(to[i..]) + some * some).CopyTo(to[i..]);
            }
        }

        for (; i < to.Length; i++)
            to[i] += from[i] * from[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTimes(Span<double> to, ReadOnlySpan<double> from, double times)
    {
        var i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var many = new Vector<double>(times);
            for (; i <= to.Length - Vector<double>.Count; i += Vector<double>.Count)
                (new Vector<double>(to[i..]) + many * new Vector<double>(from[i..])).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
            to[i] += times * from[i];
    }
}

namespace Cohorts.Discord.Simulator.Control;

/// <summary>What is wrong with what a person asked the simulator to do; the client program would not even send it.</summary>
internal sealed class Mistake(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}

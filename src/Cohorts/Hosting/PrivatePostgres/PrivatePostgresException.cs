namespace Cohorts.Hosting;

/// <summary>
/// The private server cannot be had. The message is for the person at the terminal: what is wrong, where, and the one thing to do.
/// </summary>
public sealed class PrivatePostgresException : Exception
{
    public PrivatePostgresException(string message)
        : base(message)
    {
    }

    public PrivatePostgresException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public PrivatePostgresException()
    {
    }
}

namespace Isar.Storage.Client;

/// <summary>Julian days, in which SQLite's date functions count: https://sqlite.org/lang_datefunc.html. To the millisecond, as there.</summary>
internal static class JulianDay
{
    private const double MillisecondsPerDay = 86_400_000;

    /// <summary>The Julian day of 0001-01-01, 1721425.5, in milliseconds.</summary>
    private const long FirstDay = 148_731_163_200_000;

    public static double Of(DateTime date) => (FirstDay + date.Ticks / TimeSpan.TicksPerMillisecond) / MillisecondsPerDay;

    /// <summary>Gets a time as a part of a day.</summary>
    public static double OfTime(TimeOnly time) => time.Ticks / TimeSpan.TicksPerMillisecond / MillisecondsPerDay;

    /// <exception cref="OverflowException">It is not within one day.</exception>
    public static TimeOnly ToTime(double day)
    {
        double milliseconds = Math.Round(day * MillisecondsPerDay);
        return milliseconds is >= 0 and < MillisecondsPerDay
            ? new TimeOnly((long)milliseconds * TimeSpan.TicksPerMillisecond)
            : throw new OverflowException($"{day} days is not a time of day.");
    }

    /// <exception cref="OverflowException">The day is outside the years 1 to 9999.</exception>
    public static DateTime ToDateTime(double day)
    {
        double milliseconds = Math.Floor(day * MillisecondsPerDay + 0.5) - FirstDay;
        return milliseconds >= 0 && milliseconds <= DateTime.MaxValue.Ticks / TimeSpan.TicksPerMillisecond
            ? new DateTime((long)milliseconds * TimeSpan.TicksPerMillisecond)
            : throw new OverflowException($"{day} as a Julian day is outside the years 1 to 9999.");
    }
}

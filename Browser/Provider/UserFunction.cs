using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A scalar function, or an aggregate, and the user data that is handed to it.</summary>
internal abstract class UserFunction(object? userData)
{
    protected object? UserData { get; } = userData;

    public sealed class Scalar(delegate_function_scalar call, object? userData) : UserFunction(userData)
    {
        public void Call(nint context, sqlite3_value[] arguments) => call(new Context(UserData, context), UserData, arguments);
    }

    public sealed class Aggregate(
        delegate_function_aggregate_step step, delegate_function_aggregate_final final, object? userData) : UserFunction(userData)
    {
        public Context CreateContext() => new(UserData, 0);

        public void Step(Context context, sqlite3_value[] arguments) => step(context, UserData, arguments);

        public void Final(Context context) => final(context, UserData);
    }

    /// <summary>Takes the result of a function. An aggregate keeps one context for all its steps, though SQLite's own changes.</summary>
    public sealed class Context : sqlite3_context
    {
        public Context(object? userData, nint pointer)
            : base(userData)
            => set_context_ptr(pointer);

        public void Attach(nint pointer) => set_context_ptr(pointer);
    }
}

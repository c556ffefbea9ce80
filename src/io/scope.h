// Scope: tasks that run side by side, none of which outlives it. A connection is a Scope; so is an exchange.
//
// A scope ends when all of its tasks have ended, by `co_await scope.end()` on every path (with_scope does it); its
// destructor asserts that it is empty. cancel() marks and queues: nothing is resumed inside the call, and each
// cancelled wait ends with Error::cancelled.
#pragma once
#include "io/task.h"
#include "io/wait.h"

#include <exception>
#include <functional>
#include <type_traits>

namespace cais::io {

class Scope {
public:
    Scope() = default;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { assert(is_empty() && "a scope was left without co_await scope.end()"); }

    // Starts `function(arguments…)` and runs it to its first wait. What the function takes by value is moved or copied
    // into its frame; what it takes by reference must outlive this scope.
    template <class... Parameters, class... Arguments>
    void spawn(Task<void> (*function)(Parameters...), Arguments&&... arguments)
    {
        start(function(std::forward<Arguments>(arguments)...));
    }
    template <class Class, class... Parameters, class... Arguments>
    void spawn(Task<void> (Class::*function)(Parameters...), std::type_identity_t<Class>& object, Arguments&&... arguments)
    {
        start((object.*function)(std::forward<Arguments>(arguments)...));
    }

    // Every task that is in here now ends its wait with `cancelled`, and so does every later wait of it.
    void cancel() noexcept;
    // Only those that rest between two pieces of work, such as a connection between two requests.
    void cancel_resting() noexcept;

    [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept;

    // Waits until every task has ended; throws what the first failed one threw. A cancelled awaiter cancels the scope
    // and still waits for its end.
    class End : public Wait {
    public:
        explicit End(Scope& scope) noexcept : scope_(&scope) {}
        bool await_ready() const noexcept { return scope_->is_empty(); }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
        {
            return suspend(handle, handle.promise().context);
        }
        void await_resume()
        {
            if (scope_->exception_) std::rethrow_exception(std::exchange(scope_->exception_, nullptr));
        }
        void cancel() noexcept override { scope_->cancel(); }

    private:
        bool suspend(std::coroutine_handle<> handle, Context* context) noexcept;
        void withdraw() noexcept override {}
        Scope* scope_;
    };
    [[nodiscard]] End end() noexcept { return End(*this); }

private:
    friend void finish_root(Context* context, std::exception_ptr exception) noexcept;
    void start(Task<void> task);

    Context* first_ = nullptr;
    End* ending_ = nullptr;
    std::exception_ptr exception_;
};

// Runs `function(scope, arguments…)`, then ends the scope; cancels it first where the function threw.
template <class... Parameters, class... Arguments>
Task<void> with_scope(Task<void> (*function)(Scope&, Parameters...), Arguments... arguments)
{
    Scope scope;
    std::exception_ptr exception;
    try {
        co_await function(scope, std::forward<Arguments>(arguments)...);
    } catch (...) {
        exception = std::current_exception();
        scope.cancel();
    }
    co_await scope.end();
    if (exception) std::rethrow_exception(exception);
}

}  // namespace cais::io

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

namespace detail {

template <class T>
inline constexpr bool is_reference_wrapper = false;
template <class T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

// Whether what a parameter refers to, given this argument, is still there when the call has returned.
template <class Parameter, class Argument>
inline constexpr bool outlives_call =
    !std::is_reference_v<Parameter> || is_reference_wrapper<std::remove_cvref_t<Argument>> ||
    (std::is_lvalue_reference_v<Argument> &&
     std::is_convertible_v<std::remove_reference_t<Argument>*, std::remove_reference_t<Parameter>*>);

}  // namespace detail

class Scope {
public:
    Scope() = default;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { assert(is_empty() && "a scope was left without co_await scope.end()"); }

    // Starts `function(arguments…)` and runs it to its first wait. What the function takes by value is moved or copied
    // into its frame; what it takes by reference must outlive this scope (a temporary is refused).
    template <class... Parameters, class... Arguments>
        requires(detail::outlives_call<Parameters, Arguments> && ...)
    void spawn(Task<void> (*function)(Parameters...), Arguments&&... arguments)
    {
        start(function(std::forward<Arguments>(arguments)...));
    }
    template <class Class, class... Parameters, class... Arguments>
        requires(detail::outlives_call<Parameters, Arguments> && ...)
    void spawn(Task<void> (Class::*function)(Parameters...), std::type_identity_t<Class>& object,
               Arguments&&... arguments)
    {
        start((object.*function)(std::forward<Arguments>(arguments)...));
    }

    // Every task that is in here ends its wait with `cancelled`, and so does every later wait of it; so does each that
    // joins before they have all ended. What would be ready at once is no wait.
    void cancel() noexcept;
    // Only those that rest between two pieces of work, such as a connection between two requests.
    void cancel_resting() noexcept;

    [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept;

    // Waits until every task has ended; throws what the first failed one threw. A cancelled awaiter cancels the scope
    // and still waits for its end.
    class End : public Wait {
    public:
        explicit End(Scope& scope) noexcept
            : scope_(&scope)
        {
        }
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
    friend void finish_root(Context* context, std::coroutine_handle<> root, std::exception_ptr& exception) noexcept;
    void start(Task<void> task);

    Context* first_ = nullptr;  // all of them are cancelled, or none
    End* ending_ = nullptr;
    std::exception_ptr exception_;
};

// Runs `function(scope, arguments…)`, then ends the scope; cancels it first where the function threw, and throws that
// rather than what its tasks threw. An object is passed by std::ref.
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
    try {
        co_await scope.end();
    } catch (...) {
        if (!exception) exception = std::current_exception();
    }
    if (exception) std::rethrow_exception(exception);
}

}  // namespace cais::io

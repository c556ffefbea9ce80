// Task<T>: a lazy coroutine, owned by whoever awaits it. It starts when it is awaited and ends before its awaiter goes
// on; no task is ever detached (io/scope.h has those that run side by side).
//
// What a task throws is kept and thrown again where it is awaited.
#pragma once
#include "io/frame_pool.h"
#include "io/wait.h"

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace cais::io {

template <class T>
class Task;

// Called when a spawned task has ended: destroys its frame and tells its scope, which takes over `exception`. Of the
// loop's own task it touches nothing. Defined with Scope.
void finish_root(Context* context, std::coroutine_handle<> root, std::exception_ptr& exception) noexcept;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> continuation = {};
    Context* context = nullptr;
    std::exception_ptr exception = {};

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { release_frame(frame, bytes); }

    std::suspend_always initial_suspend() noexcept { return {}; }

    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept
        {
            auto& promise = handle.promise();
            if (promise.continuation) return promise.continuation;
            finish_root(promise.context, handle, promise.exception);
            return std::noop_coroutine();
        }
        void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { exception = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& given)
    {
        value.emplace(std::forward<U>(given));
    }
    T take()
    {
        if (exception) std::rethrow_exception(exception);
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take()
    {
        if (exception) std::rethrow_exception(exception);
    }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] [[clang::coro_return_type]] [[clang::coro_lifetimebound]] Task {
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) noexcept
        : handle_(handle)
    {
    }
    Task(Task&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr))
    {
    }
    Task(const Task&) = delete;
    Task& operator=(Task other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task()
    {
        if (handle_) handle_.destroy();
    }

    struct Awaiter {
        Handle handle;
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept
        {
            handle.promise().continuation = awaiting;
            handle.promise().context = awaiting.promise().context;
            return handle;
        }
        T await_resume() { return handle.promise().take(); }
    };
    Awaiter operator co_await() && noexcept
    {
        assert(handle_ && !handle_.done());
        return {handle_};
    }

    // For Scope and Loop, which own what they start.
    [[nodiscard]] Handle release() noexcept { return std::exchange(handle_, nullptr); }

private:
    Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() noexcept
{
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept
{
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}
}  // namespace detail

}  // namespace cais::io

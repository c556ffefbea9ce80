#include "io/scope.h"

#include "io/frame_pool.h"

#include <new>

namespace cais::io {

void Scope::start(Task<void> task)
{
    auto* context = new (allocate_frame(sizeof(Context))) Context;
    auto root = task.release();
    context->scope = this;
    context->next = first_;
    if (first_ != nullptr) {
        first_->previous = context;
        context->cancelled = first_->cancelled;
    }
    first_ = context;
    root.promise().context = context;
    root.resume();
}

void Scope::cancel() noexcept
{
    for (Context* context = first_; context != nullptr; context = context->next) {
        context->cancelled = true;
        if (context->waiting != nullptr) context->waiting->cancel();
    }
}

void Scope::cancel_resting() noexcept
{
    for (Context* context = first_; context != nullptr; context = context->next)
        if (context->waiting != nullptr && context->waiting->is_rest()) context->waiting->cancel();
}

std::size_t Scope::size() const noexcept
{
    std::size_t count = 0;
    for (const Context* context = first_; context != nullptr; context = context->next) ++count;
    return count;
}

bool Scope::End::suspend(std::coroutine_handle<> handle, Context* context) noexcept
{
    assert(context->scope != scope_ && "a task waits for its own end");
    assert(scope_->ending_ == nullptr && "one waits for a scope's end");
    // A cancelled task still waits for what it started; it only hurries it.
    const bool was_cancelled = std::exchange(context->cancelled, false);
    [[maybe_unused]] const bool started = start(handle, context);
    context->cancelled = was_cancelled;
    assert(started);
    scope_->ending_ = this;
    if (was_cancelled) scope_->cancel();
    return true;
}

void finish_root(Context* context, std::coroutine_handle<> root, std::exception_ptr& exception) noexcept
{
    Scope* scope = context->scope;
    if (scope == nullptr) return;  // the loop's own task, which the loop destroys
    if (exception && !scope->exception_) scope->exception_ = std::move(exception);
    // What the task took by value goes now, and may spawn or cancel in this scope, which is not empty yet.
    root.destroy();
    if (context->previous != nullptr) context->previous->next = context->next;
    else scope->first_ = context->next;
    if (context->next != nullptr) context->next->previous = context->previous;
    release_frame(context, sizeof(Context));
    if (scope->first_ == nullptr && scope->ending_ != nullptr)
        std::exchange(scope->ending_, nullptr)->complete(Wait::End::ready);
}

}  // namespace cais::io

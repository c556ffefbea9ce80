#include "io/scope.h"

#include "io/frame_pool.h"

#include <new>

namespace cais::io {

void Scope::start(Task<void> task)
{
    auto handle = task.release();
    auto* context = new (allocate_frame(sizeof(Context))) Context;
    context->scope = this;
    context->root = handle;
    context->next = first_;
    if (first_ != nullptr) first_->previous = context;
    first_ = context;
    handle.promise().context = context;
    handle.resume();
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
    // A cancelled task still waits for what it started; it only hurries it.
    const bool was_cancelled = context->cancelled;
    context->cancelled = false;
    const bool started = start(handle, context, base::without_limit);
    context->cancelled = was_cancelled;
    assert(started);
    scope_->ending_ = this;
    if (was_cancelled) scope_->cancel();
    return started;
}

void finish_root(Context* context, std::exception_ptr exception) noexcept
{
    Scope* scope = context->scope;
    if (scope == nullptr) return;  // the loop's own task, which the loop destroys
    context->root.destroy();
    if (context->previous != nullptr) context->previous->next = context->next;
    else scope->first_ = context->next;
    if (context->next != nullptr) context->next->previous = context->previous;
    release_frame(context, sizeof(Context));
    if (exception && !scope->exception_) scope->exception_ = std::move(exception);
    if (scope->first_ == nullptr && scope->ending_ != nullptr) {
        std::exchange(scope->ending_, nullptr)->complete(Wait::End::ready);
    }
}

}  // namespace cais::io

#include "http/request.h"

namespace cais::http {

void Request::reset() noexcept
{
    forget_kept();
    scope_.reset();
    body = Body();
    fields.forget();
    method = Method::other;
    version = Version::http_1_1;
    method_text = target_text = host = {};
    target = Target();
    connection = nullptr;
    trace = nullptr;
    user = {};
    matched = 1;
    asked_path = {};
}

void Request::forget_kept() noexcept
{
    while (kept_ != nullptr) {
        Keeper* next = kept_->next;
        kept_->~Keeper();
        kept_ = next;
    }
}

}  // namespace cais::http

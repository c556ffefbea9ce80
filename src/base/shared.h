// Counted ownership within one loop: the count is a plain integer, so an object and all its holders stay on one thread
// (it may be made on the pool and handed over once).
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cais::base {

// What can be held by Shared.
class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    virtual ~Counted() = default;

private:
    template <class T>
    friend class Shared;
    mutable std::uint32_t holders_ = 0;
};

template <class T>
class Shared {
public:
    Shared() noexcept = default;
    explicit Shared(T* object) noexcept : object_(object) { hold(); }
    Shared(const Shared& other) noexcept : object_(other.object_) { hold(); }
    Shared(Shared&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <class U>
    Shared(const Shared<U>& other) noexcept : object_(other.get())  // NOLINT(google-explicit-constructor): as a pointer
    {
        hold();
    }
    Shared& operator=(Shared other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Shared() { release(); }

    [[nodiscard]] T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] std::uint32_t holders() const noexcept { return object_ == nullptr ? 0 : object_->Counted::holders_; }

private:
    void hold() noexcept
    {
        // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete): it does not follow counts, and fears a second holder.
        if (object_ != nullptr) ++object_->Counted::holders_;
    }
    void release() noexcept
    {
        // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete)
        if (object_ != nullptr && --object_->Counted::holders_ == 0) delete object_;
    }
    T* object_ = nullptr;
};

template <class T, class... Arguments>
[[nodiscard]] Shared<T> make_counted(Arguments&&... arguments)
{
    return Shared<T>(new T(std::forward<Arguments>(arguments)...));
}

// A text that several hold.
class SharedText final : public Counted {
public:
    explicit SharedText(std::string text) noexcept : text_(std::move(text)) {}
    [[nodiscard]] std::string_view view() const noexcept [[clang::lifetimebound]] { return text_; }

private:
    std::string text_;
};

// Octets and who keeps them. Without an owner the octets are static, or live as long as whoever handed them out said.
struct Bytes {
    std::string_view view;
    Shared<const Counted> owner = {};

    Bytes() = default;
    explicit Bytes(std::string_view octets) noexcept : view(octets) {}
    Bytes(std::string_view octets, Shared<const Counted> keeper) noexcept : view(octets), owner(std::move(keeper)) {}
    explicit Bytes(std::string text)
    {
        auto kept = make_counted<SharedText>(std::move(text));
        view = kept->view();
        owner = kept;
    }
    [[nodiscard]] std::size_t size() const noexcept { return view.size(); }
    [[nodiscard]] bool empty() const noexcept { return view.empty(); }
};

}  // namespace cais::base

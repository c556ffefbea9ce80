// A number of places, each held by one piece of work: what finds none is refused instead of waiting in a line that a
// peer makes as long as it likes.
#pragma once
#include <atomic>
#include <memory>
#include <utility>

namespace cais::files {

class Places {
public:
    explicit Places(unsigned most)
        : left_(std::make_shared<std::atomic<unsigned>>(most))
    {
    }

    // Held until it is destroyed, on any thread, which may be after the Places.
    class Place {
    public:
        Place() noexcept = default;
        Place(Place&&) noexcept = default;
        Place& operator=(Place&& other) noexcept
        {
            std::swap(left_, other.left_);
            return *this;
        }
        ~Place()
        {
            if (left_) left_->fetch_add(1, std::memory_order_relaxed);
        }
        explicit operator bool() const noexcept { return left_ != nullptr; }

    private:
        friend class Places;
        explicit Place(std::shared_ptr<std::atomic<unsigned>> left) noexcept
            : left_(std::move(left))
        {
        }
        std::shared_ptr<std::atomic<unsigned>> left_;
    };

    // Empty where none is left. Always on one thread: the loop's.
    [[nodiscard]] Place take()
    {
        if (left() == 0) return {};
        left_->fetch_sub(1, std::memory_order_relaxed);
        return Place(left_);
    }
    [[nodiscard]] unsigned left() const noexcept { return left_->load(std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<unsigned>> left_;
};

}  // namespace cais::files

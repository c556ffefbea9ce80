// Memory that is given back all at once: an exchange's strings and small objects. Nothing in it is destroyed one by
// one, so it holds only what needs no destructor; `io`'s and `http`'s owners keep the rest.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace cais::base {

class Arena {
public:
    // `first` is the memory that is used before any is asked for; it outlives the arena.
    explicit Arena(std::span<std::byte> first) noexcept : at_(first.data()), end_(first.data() + first.size()), first_(first) {}
    Arena() noexcept = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() { reset(); }

    // Memory until reset(). Cost: an addition, or one allocation of at least 4 KiB where the block is full.
    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t))
    {
        const auto address = (reinterpret_cast<std::uintptr_t>(at_) + alignment - 1) & ~(alignment - 1);
        if (at_ != nullptr && address + bytes <= reinterpret_cast<std::uintptr_t>(end_)) [[likely]] {
            at_ = reinterpret_cast<std::byte*>(address + bytes);
            return reinterpret_cast<void*>(address);
        }
        return allocate_in_new_block(bytes, alignment);
    }

    template <class T>
        requires std::is_trivially_destructible_v<T>
    [[nodiscard]] std::span<T> array(std::size_t count)
    {
        return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
    }

    // A copy that lives until reset().
    [[nodiscard]] std::string_view copy(std::string_view text) [[clang::lifetimebound]]
    {
        if (text.empty()) return {};
        auto* to = static_cast<char*>(allocate(text.size(), 1));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    // The pieces, one after the other, as one text that lives until reset().
    template <class... Pieces>
    [[nodiscard]] std::string_view join(const Pieces&... pieces) [[clang::lifetimebound]]
    {
        const std::size_t length = (std::string_view(pieces).size() + ... + 0);
        auto* to = static_cast<char*>(allocate(length, 1));
        auto* at = to;
        const auto put = [&at](std::string_view piece) {
            if (!piece.empty()) std::memcpy(at, piece.data(), piece.size());
            at += piece.size();
        };
        (put(std::string_view(pieces)), ...);
        return {to, length};
    }

    // Gives all of it back; the first block is used again.
    void reset() noexcept;

private:
    struct Block {
        Block* next;
    };
    void* allocate_in_new_block(std::size_t bytes, std::size_t alignment);

    std::byte* at_ = nullptr;
    std::byte* end_ = nullptr;
    Block* blocks_ = nullptr;
    std::span<std::byte> first_;
};

}  // namespace cais::base

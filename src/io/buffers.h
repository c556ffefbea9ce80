// Buffers: 16 KiB each, for whoever is busy. An idle connection holds none; at most 16 are kept a loop, the rest go
// back.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace cais::io {

inline constexpr std::size_t buffer_bytes = 16 * 1024;

class Buffers {
public:
    // Owned memory of buffer_bytes; goes back to the loop's store when it is destroyed.
    class Buffer {
    public:
        Buffer() noexcept = default;
        Buffer(Buffer&& other) noexcept
            : memory_(std::exchange(other.memory_, nullptr))
        {
        }
        Buffer& operator=(Buffer other) noexcept
        {
            std::swap(memory_, other.memory_);
            return *this;
        }
        ~Buffer();
        [[nodiscard]] char* data() const noexcept { return memory_; }
        [[nodiscard]] std::span<char> span() const noexcept { return {memory_, memory_ == nullptr ? 0 : buffer_bytes}; }
        explicit operator bool() const noexcept { return memory_ != nullptr; }

    private:
        friend class Buffers;
        explicit Buffer(char* memory) noexcept
            : memory_(memory)
        {
        }
        char* memory_ = nullptr;
    };

    Buffers() noexcept = default;
    Buffers(const Buffers&) = delete;
    Buffers& operator=(const Buffers&) = delete;
    ~Buffers();
    [[nodiscard]] Buffer take();
    [[nodiscard]] std::size_t kept() const noexcept { return count_; }

private:
    void give_back(char* memory) noexcept;
    std::array<char*, 16> kept_{};
    std::size_t count_ = 0;
};

}  // namespace cais::io

#include "io/frame_pool.h"

#include <array>
#include <cassert>
#include <cstdint>
#include <new>

#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAIS_FRAMES_FROM_HEAP 1  // so that the sanitizer sees a frame used after its end
#endif
#endif

namespace cais::io {
namespace {

constexpr std::size_t slab_bytes = 64uz * 1024;
constexpr std::size_t step = 16;
constexpr std::size_t largest = 2048;
constexpr std::size_t little = 8uz * 1024;  // two pages

// At the start of each slab; a frame's slab is found by clearing the low bits of its address.
class Pool;
struct Slab {
    const Pool* owner;
    Slab* previous;  // among the slabs of this size that have room
    Slab* next;
    void* free;           // frames given back, linked through their first word
    std::uint32_t fresh;  // offset of the first frame never used
    std::uint32_t used;
    std::uint32_t frame_bytes;
    bool has_room;
};
constexpr std::size_t first_frame = (sizeof(Slab) + step - 1) / step * step;

class Pool {
public:
    ~Pool()
    {
        for (Slab* slab : rooms_) {
            while (slab != nullptr) {
                Slab* next = slab->next;
                if (slab->used == 0) unmap(slab);
                slab = next;
            }
        }
        if (spare_ != nullptr) unmap(spare_);
    }

    void* allocate(std::size_t bytes)
    {
        const std::size_t size_class = (bytes + step - 1) / step;
        Slab* slab = rooms_[size_class];
        if (slab == nullptr) slab = add_slab(size_class);
        void* frame = slab->free;
        if (frame != nullptr) {
            slab->free = *static_cast<void**>(frame);
        } else {
            frame = reinterpret_cast<std::byte*>(slab) + slab->fresh;
            slab->fresh += slab->frame_bytes;
        }
        ++slab->used;
        if (slab->free == nullptr && slab->fresh + slab->frame_bytes > slab_bytes) leave_room(slab, size_class);
        return frame;
    }

    void release(void* frame, std::size_t bytes) noexcept
    {
        const std::size_t offset = reinterpret_cast<std::uintptr_t>(frame) & (slab_bytes - 1);
        auto* slab = reinterpret_cast<Slab*>(static_cast<std::byte*>(frame) - offset);
        const std::size_t size_class = (bytes + step - 1) / step;
        assert(slab->owner == this && "released on another thread");
        assert(slab->frame_bytes == size_class * step && "released with another size");
        *static_cast<void**>(frame) = slab->free;
        slab->free = frame;
        --slab->used;
        if (!slab->has_room) enter_room(slab, size_class);
        if (slab->used == 0) [[unlikely]]
            give_back(slab, size_class);
    }

    [[nodiscard]] std::size_t mapped() const noexcept { return mapped_; }

private:
    void give_back(Slab* slab, std::size_t size_class) noexcept
    {
        // The only one with room, as good as new: the next frame of this size comes soon, and costs two pages at most.
        const bool is_alone = slab->previous == nullptr && slab->next == nullptr;
        if (is_alone && slab->fresh <= little) return;
        leave_room(slab, size_class);
        if (spare_ == nullptr) spare_ = slab;
        else unmap(slab);
    }

    Slab* add_slab(std::size_t size_class)
    {
        Slab* slab = spare_ != nullptr ? spare_ : map();
        spare_ = nullptr;
        *slab =
            Slab{this, nullptr, nullptr, nullptr, first_frame, 0, static_cast<std::uint32_t>(size_class * step), false};
        enter_room(slab, size_class);
        return slab;
    }

    Slab* map()
    {
        // Twice the size, so that an aligned slab lies in it; the ends go back.
        void* memory = ::mmap(nullptr, 2 * slab_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        auto* start = static_cast<std::byte*>(memory);
        const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) & (slab_bytes - 1);
        if (before != 0) ::munmap(start, before);
        ::munmap(start + before + slab_bytes, slab_bytes - before);
        ++mapped_;
        return reinterpret_cast<Slab*>(start + before);
    }

    void unmap(Slab* slab) noexcept
    {
        ::munmap(slab, slab_bytes);
        --mapped_;
    }

    void enter_room(Slab* slab, std::size_t size_class) noexcept
    {
        slab->has_room = true;
        slab->previous = nullptr;
        slab->next = rooms_[size_class];
        if (slab->next != nullptr) slab->next->previous = slab;
        rooms_[size_class] = slab;
    }

    void leave_room(Slab* slab, std::size_t size_class) noexcept
    {
        slab->has_room = false;
        if (slab->previous != nullptr) slab->previous->next = slab->next;
        else rooms_[size_class] = slab->next;
        if (slab->next != nullptr) slab->next->previous = slab->previous;
    }

    std::array<Slab*, largest / step + 1> rooms_{};
    Slab* spare_ = nullptr;
    std::size_t mapped_ = 0;
};

thread_local Pool pool;

}  // namespace

void* allocate_frame(std::size_t bytes)
{
#ifdef CAIS_FRAMES_FROM_HEAP
    return ::operator new(bytes);
#else
    if (bytes > largest) [[unlikely]]
        return ::operator new(bytes);
    return pool.allocate(bytes);
#endif
}

void release_frame(void* frame, std::size_t bytes) noexcept
{
#ifdef CAIS_FRAMES_FROM_HEAP
    ::operator delete(frame, bytes);
#else
    if (bytes > largest) [[unlikely]] {
        ::operator delete(frame, bytes);
        return;
    }
    pool.release(frame, bytes);
#endif
}

std::size_t mapped_slabs() noexcept { return pool.mapped(); }

}  // namespace cais::io

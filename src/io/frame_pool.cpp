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

constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::size_t step = 16;
constexpr std::size_t largest = 8192;

// At the start of each slab; a frame's slab is found by clearing the low bits of its address.
struct Slab {
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
        while (spare_ != nullptr) {
            Slab* next = spare_->next;
            unmap(spare_);
            spare_ = next;
        }
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
        auto* slab = reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(frame) & ~(slab_bytes - 1));
        const std::size_t size_class = (bytes + step - 1) / step;
        assert(slab->frame_bytes == size_class * step && "released with another size, or on another thread");
        *static_cast<void**>(frame) = slab->free;
        slab->free = frame;
        --slab->used;
        if (!slab->has_room) enter_room(slab, size_class);
        if (slab->used == 0) {
            leave_room(slab, size_class);
            // A connection that comes and goes uses frames of a few sizes: as many slabs stay warm.
            if (spares_ == most_spares) {
                unmap(slab);
                return;
            }
            slab->next = spare_;
            spare_ = slab;
            ++spares_;
        }
    }

    [[nodiscard]] std::size_t mapped() const noexcept { return mapped_; }

private:
    Slab* add_slab(std::size_t size_class)
    {
        Slab* slab = spare_;
        if (slab != nullptr) {
            spare_ = slab->next;
            --spares_;
        } else {
            slab = map();
        }
        *slab = Slab{nullptr, nullptr, nullptr, first_frame, 0, static_cast<std::uint32_t>(size_class * step), false};
        enter_room(slab, size_class);
        return slab;
    }

    Slab* map()
    {
        // Twice the size, so that an aligned slab lies in it; the ends go back.
        void* memory = ::mmap(nullptr, 2 * slab_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        const auto start = reinterpret_cast<std::uintptr_t>(memory);
        const std::uintptr_t aligned = (start + slab_bytes - 1) & ~(slab_bytes - 1);
        if (aligned != start) ::munmap(memory, aligned - start);
        const std::uintptr_t end = aligned + slab_bytes;
        if (end != start + 2 * slab_bytes) ::munmap(reinterpret_cast<void*>(end), start + 2 * slab_bytes - end);
        ++mapped_;
        return reinterpret_cast<Slab*>(aligned);
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
    static constexpr std::size_t most_spares = 8;
    Slab* spare_ = nullptr;
    std::size_t spares_ = 0;
    std::size_t mapped_ = 0;
};

thread_local Pool pool;

}  // namespace

void* allocate_frame(std::size_t bytes)
{
#ifdef CAIS_FRAMES_FROM_HEAP
    return ::operator new(bytes);
#else
    if (bytes > largest) [[unlikely]] return ::operator new(bytes);
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

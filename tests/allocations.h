// Counts everything that a program allocates, for tests of what allocates nothing. In one file of a program: it
// replaces operator new.
//
// Not under a sanitizer: there each coroutine's frame comes from the heap, so that its use after its end shows.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

namespace cais::test {

inline thread_local constinit std::size_t allocations = 0;  // this thread's

inline void* counted(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t))
{
    ++allocations;
    if (void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment))
        return memory;
    throw std::bad_alloc();
}

}  // namespace cais::test

void* operator new(std::size_t bytes) { return cais::test::counted(bytes); }
void* operator new[](std::size_t bytes) { return cais::test::counted(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return cais::test::counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#endif

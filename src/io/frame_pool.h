// Memory of coroutine frames, a pool for each thread: slabs of 64 KiB from mmap, each cut into frames of one size, so
// that a frame costs its own size and no more. An empty slab goes back to the kernel at once, save eight (512 KiB); what
// ten thousand idle connections held is given back when they close.
#pragma once
#include <cstddef>

namespace cais::io {

// Memory for `bytes`, to be released on the same thread. Up to 8 KiB comes from slabs, more from operator new.
[[nodiscard]] void* allocate_frame(std::size_t bytes);
// `bytes` is what was asked for.
void release_frame(void* frame, std::size_t bytes) noexcept;

// For tests and memory reports: slabs that this thread has mapped now, the spare ones included.
[[nodiscard]] std::size_t mapped_slabs() noexcept;

}  // namespace cais::io

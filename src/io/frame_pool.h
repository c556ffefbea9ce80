// Memory of coroutine frames, a pool for each thread: slabs of 64 KiB from mmap, each cut into frames of one size, so
// that a frame costs its own size and no more. What ten thousand idle connections held goes back to the kernel as they
// close: an empty slab at once, save one, and save the last of each size while little of it was ever touched, so that
// the frames of one request after the other are found where the last one left them.
#pragma once
#include <cstddef>

namespace cais::io {

// Memory for `bytes`, to be released on the same thread. Up to 2 KiB comes from slabs, more from operator new.
[[nodiscard]] void* allocate_frame(std::size_t bytes);
// `bytes` is what was asked for.
void release_frame(void* frame, std::size_t bytes) noexcept;

// For tests and memory reports: slabs that this thread has mapped now, the empty ones included.
[[nodiscard]] std::size_t mapped_slabs() noexcept;

}  // namespace cais::io

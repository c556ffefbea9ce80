#include "io/buffers.h"

#include "io/loop.h"

#include <new>

namespace cais::io {

Buffers::Buffer::~Buffer()
{
    if (memory_ == nullptr) return;
    if (Loop* loop = Loop::current()) loop->buffers().give_back(memory_);
    else ::operator delete(memory_);
}

Buffers::~Buffers()
{
    for (char* memory : kept_) ::operator delete(memory);
}

Buffers::Buffer Buffers::take()
{
    if (kept_.empty()) {
        kept_.reserve(most_kept);
        return Buffer(static_cast<char*>(::operator new(buffer_bytes)));
    }
    char* memory = kept_.back();
    kept_.pop_back();
    return Buffer(memory);
}

void Buffers::give_back(char* memory) noexcept
{
    if (kept_.size() < most_kept) kept_.push_back(memory);
    else ::operator delete(memory);
}

}  // namespace cais::io

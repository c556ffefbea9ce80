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
    while (count_ > 0) ::operator delete(kept_[--count_]);
}

Buffers::Buffer Buffers::take()
{
    if (count_ == 0) return Buffer(static_cast<char*>(::operator new(buffer_bytes)));
    return Buffer(kept_[--count_]);
}

void Buffers::give_back(char* memory) noexcept
{
    if (count_ < kept_.size()) kept_[count_++] = memory;
    else ::operator delete(memory);
}

}  // namespace cais::io

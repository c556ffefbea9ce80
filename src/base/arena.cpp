#include "base/arena.h"

#include <algorithm>

namespace cais::base {

void* Arena::allocate_in_new_block(std::size_t bytes, std::size_t alignment)
{
    constexpr std::size_t smallest = 4096;
    const std::size_t size = std::max(smallest, sizeof(Block) + bytes + alignment);
    auto* memory = static_cast<std::byte*>(::operator new(size));
    blocks_ = new (memory) Block{blocks_};
    at_ = memory + sizeof(Block);
    end_ = memory + size;
    return allocate(bytes, alignment);
}

void Arena::reset() noexcept
{
    while (blocks_ != nullptr) {
        Block* next = blocks_->next;
        ::operator delete(blocks_);
        blocks_ = next;
    }
    at_ = first_.data();
    end_ = first_.data() + first_.size();
}

}  // namespace cais::base

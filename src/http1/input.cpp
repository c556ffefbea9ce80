#include "http1/input.h"

#include "io/loop.h"

#include <algorithm>
#include <cstring>

namespace cais::http1 {

bool Input::make_room(std::size_t wanted)
{
    if (data_ == nullptr) {
        buffer_ = io::Loop::current()->buffers().take();
        data_ = buffer_.data();
        capacity_ = io::buffer_bytes;
        return true;
    }
    if (capacity_ - begin_ >= wanted) return false;
    const std::size_t length = end_ - begin_;
    if (capacity_ >= wanted) {
        std::memmove(data_, data_ + begin_, length);
    } else {
        const std::size_t capacity = std::max(wanted, capacity_ * 2);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        std::memcpy(larger.get(), data_ + begin_, length);
        large_ = std::move(larger);
        buffer_ = {};
        data_ = large_.get();
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = length;
    return true;
}

void Input::drop_content(std::size_t from, std::size_t until) noexcept
{
    char* const message = data_ + begin_;
    const std::size_t length = end_ - begin_;
    std::memmove(message + from, message + until, length - until);
    end_ -= until - from;
}

void Input::append(std::string_view octets)
{
    make_room(text().size() + octets.size());
    std::memcpy(data_ + end_, octets.data(), octets.size());
    end_ += octets.size();
}

void Input::release() noexcept
{
    buffer_ = {};
    large_.reset();
    data_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

}  // namespace cais::http1

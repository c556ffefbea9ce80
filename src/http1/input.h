// What has come in on a connection: the head that is being read, the content behind it, and what follows. Views into it
// stay valid until the exchange has ended; only then does it move.
#pragma once
#include "http/limits.h"
#include "io/buffers.h"
#include "io/stream.h"

#include <memory>
#include <string_view>

namespace cais::http1 {

class Input {
public:
    // From the start of the current message to the end of what is there.
    [[nodiscard]] std::string_view text() const noexcept { return {data_ + begin_, end_ - begin_}; }
    [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
    // Octets that were read and not consumed behind offset `from` of the message.
    [[nodiscard]] std::string_view behind(std::size_t from) const noexcept { return text().substr(from); }

    // Reads what fits behind what is there. done, blocked, ended or failed.
    [[nodiscard]] io::Progress fill(io::Stream& stream) noexcept
    {
        const io::Progress progress = stream.try_read({data_ + end_, capacity_ - end_});
        if (progress.state == io::Progress::done) end_ += progress.bytes;
        return progress;
    }
    [[nodiscard]] std::size_t space() const noexcept { return capacity_ - end_; }

    // Makes sure that there is a buffer, and room for `wanted` octets of one message in all. True where the text has
    // moved: views into it are gone.
    bool make_room(std::size_t wanted);

    // The message ends after `bytes`; what follows is the next one.
    void consume(std::size_t bytes) noexcept
    {
        begin_ += bytes;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    // Content up to `from` of the message was dealt with: what follows moves there, and leaves room behind.
    void drop_content(std::size_t from, std::size_t until) noexcept;

    // Puts octets that were read elsewhere behind what is there; views are gone where the text has moved.
    void append(std::string_view octets);

    // Forgets what is there.
    void clear() noexcept { begin_ = end_ = 0; }

    // Gives the memory back. What was there is lost.
    void release() noexcept;

private:
    io::Buffers::Buffer buffer_;
    std::unique_ptr<char[]> large_;  // where a head does not fit into the buffer
    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace cais::http1

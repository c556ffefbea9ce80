// The content of one message, pulled from the connection: RFC 9112 §6 and §7. For either role.
#pragma once
#include "http/body.h"
#include "http/exchange_story.h"
#include "http/limits.h"
#include "http1/chunked.h"
#include "http1/framing.h"
#include "http1/input.h"
#include "http/output.h"

#include <memory>
#include <optional>

namespace cais::http1 {

class ContentReader final : public http::Body::Source {
public:
    ContentReader(io::Stream& stream, Input& input, http::Output& output, const http::Limits& limits,
                  base::Arena& arena) noexcept
        : stream_(&stream)
        , input_(&input)
        , output_(&output)
        , limits_(&limits)
        , arena_(&arena)
    {
    }

    // Before each message's content, which begins `at` octets into the input's message. `expects_continue`: the client
    // waits for 100 (Continue) before it sends any (RFC 9110 §10.1.1), which leaves when the content is first read; for a server.
    void start(Framing framing, std::size_t at, bool expects_continue) noexcept;

    io::Task<Result<http::Chunk>> read() override;
    [[nodiscard]] std::optional<std::uint64_t> length() const override;
    [[nodiscard]] const http::Fields* trailers() const override { return chunked_ ? &chunked_->trailers() : nullptr; }

    // Read to its end: what follows is the next message.
    [[nodiscard]] bool is_whole() const noexcept { return state_ == State::whole; }
    // It failed, and where the next message begins will never be known.
    [[nodiscard]] bool is_broken() const noexcept { return state_ == State::broken; }
    // The client may send it, or may not: it waits for a 100 that was not sent.
    [[nodiscard]] bool is_awaited() const noexcept
    {
        return expects_continue_ && state_ == State::reading && received_ == 0 && unread().empty();
    }
    // The answer begins, or its handler has sent a 100 itself: none leaves any more.
    void send_no_continue() noexcept { expects_continue_ = false; }
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    // Left of a known length; the largest number where it is not known.
    [[nodiscard]] std::uint64_t left() const noexcept;

    // Reads off what nobody wanted, within the limits; true where it came to the end.
    [[nodiscard]] io::Task<bool> discard();

    // What was read and is not of the content, once that is whole.
    [[nodiscard]] std::string_view unread() const noexcept
    {
        return large_ ? std::string_view(large_.get() + large_from_, large_until_ - large_from_) : input_->behind(at_);
    }
    // The content is whole and its message is done with: the input begins with what was unread.
    void leave();
    // For an exchange that ends before its content began.
    void forget() noexcept;
    // Whom to tell of the content; null: nobody. It outlives the exchange.
    void tell(http::ExchangeStory* story) noexcept { story_ = story; }

private:
    enum class State : std::uint8_t { reading, whole, broken };
    // Whether its length is known before its end.
    [[nodiscard]] bool is_known() const noexcept
    {
        return framing_.kind != Framing::chunked && framing_.kind != Framing::close;
    }
    [[nodiscard]] std::optional<http::Chunk> take_buffered();
    void take(std::size_t bytes) noexcept { (large_ ? large_from_ : at_) += bytes; }
    [[nodiscard]] io::Progress fill();
    [[nodiscard]] io::Task<Result<void>> wait_for_more();
    [[nodiscard]] std::unexpected<Error> broken(Error error) noexcept
    {
        state_ = State::broken;
        return std::unexpected(error);
    }

    io::Stream* stream_;
    Input* input_;
    http::Output* output_;
    const http::Limits* limits_;
    base::Arena* arena_;

    void tell_taken();

    http::ExchangeStory* story_ = nullptr;
    Framing framing_;
    State state_ = State::whole;
    bool expects_continue_ = false;
    std::optional<Error> fault_;
    std::size_t start_ = 0;  // of the content, in the message
    std::size_t at_ = 0;     // read up to here
    std::uint64_t left_ = 0;
    std::uint64_t received_ = 0;
    // A long content is read into a larger buffer of its own, and so is one that has no room behind its head.
    std::unique_ptr<char[]> large_;
    std::size_t large_from_ = 0;
    std::size_t large_until_ = 0;
    // How fast it comes: only time that was spent waiting for it counts.
    base::Duration waited_{};
    std::uint64_t in_wait_ = 0;
    // What was read in one turn of the loop, so that a fast sender leaves others theirs.
    std::uint64_t turn_ = 0;
    std::size_t in_turn_ = 0;
    std::optional<ChunkedDecoder> chunked_;
};

}  // namespace cais::http1

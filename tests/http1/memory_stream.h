// A connection in memory: the test, or the fuzzer, is the peer; what is read and written is counted, and the contract
// of io::Stream is checked on the way.
#pragma once
#include "io/stream.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string>
#include <utility>

#include <unistd.h>

namespace cais::http1::test {

class MemoryStream final : public io::Stream {
public:
    // What the peer does.
    void send(std::string_view octets)
    {
        incoming_ += octets;
        may_read_ = true;
        wake(reading_);
    }
    void finish()
    {
        finished_ = may_read_ = true;
        wake(reading_);
        if (!gone_only_) wake(gone_);
    }
    void reset()
    {
        failed_ = may_read_ = may_write_ = true;
        wake(reading_);
        wake(writing_);
        wake(gone_);
    }
    // Takes `octets` more; until told otherwise it takes everything.
    void take(std::size_t octets)
    {
        room_ = octets;
        may_write_ = true;
        wake(writing_);
    }
    // So that sending allocates nothing.
    void reserve(std::size_t octets) { incoming_.reserve(incoming_.size() + octets); }
    // Before it takes any more.
    void hold() { room_ = 0; }
    std::size_t most_a_write = SIZE_MAX;  // a kernel that takes a little at a time
    std::size_t unacknowledged = 0;       // what in_flight() says

    // What has come of it.
    std::string received;
    int receives = 0;  // calls that a socket would have made
    int sends = 0;
    int file_sends = 0;
    bool is_shut_down = false;
    bool is_aborted = false;
    [[nodiscard]] bool is_waited_for() const { return reading_ != nullptr || writing_ != nullptr; }
    [[nodiscard]] std::size_t left_unread() const { return incoming_.size() - read_; }

    io::Progress try_read(std::span<char> into) noexcept override
    {
        assert(!into.empty() && "no room to read into would look like the end");
        assert(!is_aborted);
        if (!may_read_) return {io::Progress::blocked};
        ++receives;
        if (failed_) return {io::Progress::failed, ECONNRESET};
        const std::size_t bytes = std::min(into.size(), left_unread());
        if (bytes == 0 && finished_) return {io::Progress::ended};
        if (bytes < into.size() && !finished_) may_read_ = false;
        if (bytes == 0) return {io::Progress::blocked};
        std::copy_n(incoming_.data() + read_, bytes, into.data());
        read_ += bytes;
        return {io::Progress::done, 0, bytes};
    }
    io::Progress try_write(std::span<const std::string_view> pieces, io::More) noexcept override
    {
        assert(!is_shut_down && !is_aborted);
        if (!may_write_) return {io::Progress::blocked};
        ++sends;
        if (failed_) return {io::Progress::failed, EPIPE};
        std::size_t wanted = 0;
        for (const auto piece : pieces) wanted += piece.size();
        assert(wanted > 0);
        const std::size_t most = std::min({wanted, room_, most_a_write});
        std::size_t left = most;
        for (const auto piece : pieces) {
            received.append(piece.substr(0, left));
            left -= std::min(left, piece.size());
        }
        return took(most, wanted);
    }
    io::Progress try_send_file(int file, std::uint64_t offset, std::size_t bytes, io::More) noexcept override
    {
        if (!may_write_) return {io::Progress::blocked};
        ++file_sends;
        if (failed_) return {io::Progress::failed, EPIPE};
        std::string octets(std::min({bytes, room_, most_a_write}), '\0');
        const ssize_t got = ::pread(file, octets.data(), octets.size(), static_cast<off_t>(offset));
        assert(got >= 0);
        received.append(octets, 0, static_cast<std::size_t>(got));
        if (got == 0 && room_ > 0) return {io::Progress::done, 0, 0};
        return took(static_cast<std::size_t>(got), bytes);
    }
    std::size_t in_flight() const noexcept override { return unacknowledged; }
    void shut_down() noexcept override { is_shut_down = true; }
    void abort() noexcept override { is_aborted = true; }
    bool is_ready(For what) const noexcept override
    {
        switch (what) {
        case For::reading: return may_read_;
        case For::writing: return may_write_;
        case For::peer_finished: return finished_ || failed_;
        case For::peer_gone: return failed_;
        }
        return false;
    }

private:
    io::Progress took(std::size_t bytes, std::size_t wanted)
    {
        if (room_ != SIZE_MAX) room_ -= bytes;
        if (bytes < wanted && room_ == 0) may_write_ = false;
        if (bytes == 0) return {io::Progress::blocked};
        return {io::Progress::done, 0, bytes};
    }
    io::Wait*& place(For what)
    {
        switch (what) {
        case For::reading: return reading_;
        case For::writing: return writing_;
        default: return gone_;
        }
    }
    Result<void> watch(For what, io::Wait& wait) noexcept override
    {
        assert(place(what) == nullptr && "two wait for the same");
        if (what == For::peer_gone || what == For::peer_finished) gone_only_ = what == For::peer_gone;
        place(what) = &wait;
        return {};
    }
    void unwatch(For what) noexcept override { place(what) = nullptr; }
    static void wake(io::Wait*& waiting)
    {
        if (waiting != nullptr) std::exchange(waiting, nullptr)->complete(io::Wait::End::ready);
    }

    std::string incoming_;
    std::size_t read_ = 0;
    std::size_t room_ = SIZE_MAX;
    bool may_read_ = true;
    bool may_write_ = true;
    bool finished_ = false;
    bool failed_ = false;
    bool gone_only_ = true;
    io::Wait* reading_ = nullptr;
    io::Wait* writing_ = nullptr;
    io::Wait* gone_ = nullptr;
};

}  // namespace cais::http1::test

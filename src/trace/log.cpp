#include "trace/log.h"

#include "base/text.h"
#include "trace/line_writer.h"
#include "trace/timestamp.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

namespace cais::trace {
namespace {

constexpr std::size_t longest_message = std::size_t{4} << 10;
constexpr std::size_t waiting_octets = std::size_t{256} << 10;

struct LevelText {
    std::string_view word;
    std::string_view colour;  // SGR, ECMA-48 §8.3.117
};
constexpr std::array<LevelText, 3> level_texts = {
    {{"error", "\x1b[1;31m"}, {"warning", "\x1b[1;33m"}, {"info", "\x1b[1m"}}};

const LevelText& text_of(Level level) { return level_texts[static_cast<std::size_t>(level)]; }

// Every control becomes '?': C0 and DEL, C1 in UTF-8 (0xC2 0x80 to 0xC2 0x9F); in what is no UTF-8 all from 0x80.
void append_without_controls(std::string& to, std::string_view text)
{
    const bool utf8 = base::is_utf8(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7F || (c >= 0x80 && !utf8)) {
            to += '?';
        } else if (c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
            to += '?';
            ++i;
        } else {
            to += text[i];
        }
    }
}

// Up to `octets` of it, not cut inside a character.
std::string_view beginning(std::string_view text, std::size_t octets)
{
    if (text.size() <= octets) return text;
    while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0) == 0x80) --octets;
    return text.substr(0, octets);
}

class Log {
public:
    void say(Level level, std::string_view message)
    {
        if (!wanted(level)) return;
        const std::lock_guard lock(mutex_);
        say_what_was_left_out(base::now());
        put(level, message);
    }

    void say(Level level, Key key, std::string_view message)
    {
        if (!wanted(level)) return;
        const std::lock_guard lock(mutex_);
        const auto now = base::now();
        say_what_was_left_out(now);
        if (throttle_.admit(key, now)) put(level, message);
    }

    void set_level(Level least) { least_.store(least, std::memory_order_relaxed); }

    Sink set_sink(Sink sink)
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(sink_, std::move(sink));
    }

    void prepare()
    {
        const std::lock_guard lock(mutex_);
        if (writer_ == nullptr) open();
    }

    bool flush(base::Duration limit)
    {
        LineWriter* writer = nullptr;
        {
            const std::lock_guard lock(mutex_);
            say_what_was_left_out(base::never);
            writer = writer_.get();  // once made it stays
        }
        return writer == nullptr || writer->flush(limit);
    }

private:
    bool wanted(Level level) const { return level <= least_.load(std::memory_order_relaxed); }

    // The rest is under the lock.

    void say_what_was_left_out(base::Instant now)
    {
        throttle_.collect(now, [&](Key key, std::uint64_t count) {
            std::string message(key.words);
            message += ": ";
            base::append_decimal(message, count);
            message += count == 1 ? " more like it was left out" : " more like it were left out";
            put(Level::warning, message);
        });
        if (const auto lost = lost_->exchange(0, std::memory_order_relaxed); lost > 0) {
            std::string message = "standard error did not take ";
            base::append_decimal(message, lost);
            message += lost == 1 ? " line" : " lines";
            put(Level::warning, message);
        }
    }

    void put(Level level, std::string_view message)
    {
        if (sink_) return sink_(level, message);
        if (writer_ == nullptr && !open()) return;
        writer_->write(line_of(level, message, style_, base::wall_now()), 1);
    }

    bool open()
    {
        const int descriptor = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        if (descriptor < 0) return false;  // there is no standard error
        style_ = {.timestamp = !is_terminal(STDERR_FILENO), .colour = colour_of(STDERR_FILENO)};
        // A failing standard error can be told to nobody; what is lost is told when it takes lines again.
        auto report = [lost = lost_](const LineWriter::Report& report) {
            if (report.kind == LineWriter::Report::lost) lost->fetch_add(report.lines, std::memory_order_relaxed);
        };
        writer_ = std::make_unique<LineWriter>(
            descriptor, LineWriter::Options{.thread = "log", .capacity = waiting_octets, .report = std::move(report)});
        return true;
    }

    std::mutex mutex_;
    std::atomic<Level> least_ = Level::info;
    Sink sink_;
    Throttle throttle_;
    LineStyle style_{};
    std::shared_ptr<std::atomic<std::uint64_t>> lost_ = std::make_shared<std::atomic<std::uint64_t>>(0);
    std::unique_ptr<LineWriter> writer_;
};

// Never destroyed: threads may log while the program ends.
Log& the_log()
{
    static Log* const log = [] {
        std::atexit([] { static_cast<void>(flush()); });
        return new Log;
    }();
    return *log;
}

}  // namespace

void log(Level level, std::string_view message) { the_log().say(level, message); }
void log(Level level, Key key, std::string_view message) { the_log().say(level, key, message); }
void set_level(Level least) { the_log().set_level(least); }
Sink set_sink(Sink sink) { return the_log().set_sink(std::move(sink)); }
void prepare() { the_log().prepare(); }
bool flush(base::Duration limit) { return the_log().flush(limit); }

std::string line_of(Level level, std::string_view message, LineStyle style, base::WallTime time)
{
    std::string line;
    line.reserve(message.size() + 64);
    if (style.timestamp) {
        line.resize(timestamp_octets);
        write_timestamp(line.data(), time);
        line += ' ';
    }
    const auto& [word, colour] = text_of(level);
    if (style.colour == Colour::on) line += colour;
    (line += word) += ':';
    if (style.colour == Colour::on) line += "\x1b[0m";
    line += ' ';
    const auto shown = beginning(message, longest_message);
    append_without_controls(line, shown);
    if (shown.size() < message.size()) line += "...";
    line += '\n';
    return line;
}

}  // namespace cais::trace

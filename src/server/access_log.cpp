#include "server/access_log.h"

#include "base/text.h"
#include "trace/log.h"
#include "trace/terminal.h"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace cais::server {
namespace {

// A descriptor of our own; -1 and errno where there is none.
int open_output(const std::string& file)
{
    if (file.empty()) return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    // A FIFO without a reader is an error (ENXIO) rather than a wait for one: hence O_NONBLOCK, which then goes, since
    // the writer's thread is there to be blocked.
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, O_APPEND);
    return descriptor;
}

std::string name_of(const AccessLog::Config& config)
{
    if (config.file.empty()) return "access log on standard output";
    std::string name = "access log ";
    base::append_printable(name, config.file);
    return name;
}

// What becomes of the writer's troubles: lines of the program's own log.
void say(const std::string& name, const trace::LineWriter::Report& report)
{
    std::string message = name;
    switch (report.kind) {
    case trace::LineWriter::Report::failed:
        message += ": " + base::describe({.number = report.number, .what = "write"});
        message += "; lines wait in memory and are tried again each second";
        break;
    case trace::LineWriter::Report::recovered: message += ": written again"; break;
    case trace::LineWriter::Report::lost:
        message += ": ";
        base::append_decimal(message, report.lines);
        message += report.lines == 1 ? " line was lost: it was not taken in time"
                                     : " lines were lost: they were not taken in time";
        break;
    }
    trace::log(trace::Level::warning, message);
}

}  // namespace

Result<io::Descriptor> AccessLog::open_file(const std::string& file)
{
    io::Descriptor descriptor(open_output(file));
    if (!descriptor) return fail_errno("open");
    return descriptor;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(Config config, io::Descriptor opened)
{
    const int descriptor = opened ? opened.release() : open_output(config.file);
    if (descriptor < 0) return fail_errno("open");
    return std::unique_ptr<AccessLog>(new AccessLog(std::move(config), descriptor));
}

AccessLog::AccessLog(Config config, int descriptor)
    : config_(std::move(config))
    , terminal_(trace::is_terminal(descriptor))
    , writer_(descriptor,
              {.thread = "access log",
               .capacity = config_.waiting_bytes,
               .report = [name = name_of(config_)](const trace::LineWriter::Report& report) { say(name, report); }})
{
}

bool AccessLog::reopen(io::Descriptor opened)
{
    if (config_.file.empty()) return true;
    const int descriptor = opened ? opened.release() : open_output(config_.file);
    if (descriptor < 0) {
        const auto error = fail_errno("open it again");
        trace::log(trace::Level::warning,
                   name_of(config_) + ": " + base::describe(error.error()) + "; the old one goes on");
        return false;
    }
    writer_.replace(descriptor);
    return true;
}

AccessLog::Buffer::Buffer(AccessLog& log)
    : log_(log)
    , formatter_(log.config_.format)
    , begin_(std::make_unique_for_overwrite<char[]>(bytes))
    , at_(begin_.get())
{
}

void AccessLog::Buffer::record(const http::ExchangeRecord& record, base::Instant now)
{
    const std::size_t room = LineFormatter::room_for(record);
    if (static_cast<std::size_t>(begin_.get() + bytes - at_) < room) {
        hand_over();
        if (room > bytes) {  // fields of many KiB: rare, and on its own
            const auto line = std::make_unique_for_overwrite<char[]>(room);
            const char* end = formatter_.write(line.get(), record);
            log_.writer_.write({line.get(), end}, 1);
            return;
        }
    }
    if (lines_++ == 0) due_ = log_.terminal_ ? now : now + oldest;
    at_ = formatter_.write(at_, record);
}

void AccessLog::Buffer::hand_over()
{
    if (lines_ == 0) return;
    log_.writer_.write({begin_.get(), at_}, std::exchange(lines_, 0));
    at_ = begin_.get();
    due_ = base::never;
}

}  // namespace cais::server

#include "trace/story.h"

#include "trace/json_form.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace cais::trace {
namespace {

std::string host_name()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

Story::Story(Options options)
    : options_(std::move(options))
    , began_(base::now())
{
    std::string line;
    if (options_.form == Form::json) append_json_begin(line, options_.side, base::wall_now(), host_name());
    else append_text_begin(line, base::wall_now(), host_name(), options_.style);
    options_.write(line, 1);
}

// What cannot be told for want of memory is not told.
void Story::hear(const Context& context, base::Instant at, const Event& event) noexcept
try {
    write(at, lines_of(context, event));
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
}

std::string Story::lines_of(const Context& context, const Event& event) const
{
    std::string lines;
    if (options_.form == Form::json) append_json_event(lines, context, event, options_.style.secrets);
    else append_text_event(lines, context, event, options_.style);
    return lines;
}

void Story::write(base::Instant at, std::string_view lines)
{
    if (lines.empty()) return;
    const base::Duration happened = std::max(at - began_, base::Duration::zero());
    const std::lock_guard lock(mutex_);
    line_.clear();
    if (options_.form == Form::json) {
        last_ = std::max(last_, happened);
        // In microseconds, both: a part of one is no difference.
        const auto whole = [](base::Duration time) { return std::chrono::floor<std::chrono::microseconds>(time); };
        append_json_time(line_, last_, whole(last_) - whole(happened));
    } else {
        append_text_time(line_, happened, options_.style);
    }
    line_ += lines;
    options_.write(line_, static_cast<std::uint64_t>(std::ranges::count(lines, '\n')));
}

}  // namespace cais::trace

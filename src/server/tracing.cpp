#include "server/tracing.h"

#include "base/text.h"
#include "trace/log.h"

#include <algorithm>
#include <utility>

namespace cais::server {
namespace {

constexpr std::size_t most_waiting = std::size_t{8} << 20;  // of a story; what comes after is lost, and said
constexpr std::size_t most_waiting_keys = std::size_t{1} << 20;

std::function<void(const trace::LineWriter::Report&)> report_of(std::string what, const std::string& file)
{
    what += ' ';
    base::append_printable(what, file.empty() ? "on standard error" : file);
    return [what](const trace::LineWriter::Report& report) {
        using Report = trace::LineWriter::Report;
        if (report.kind == Report::failed)
            trace::log(trace::Level::warning, what + ": " + base::describe({.number = report.number, .what = "write"}) +
                                                  "; lines wait in memory and are tried again each second");
        if (report.kind == Report::recovered) trace::log(trace::Level::warning, what + ": written again");
        if (report.kind == Report::lost)
            trace::log(trace::Level::warning,
                       what + ": " + std::to_string(report.lines) + " lines were lost: they were not taken in time");
    };
}

class KeyFile final : public tls::KeyLog {
public:
    KeyFile(io::Descriptor output, const std::string& file)
        : writer_(output.release(),
                  {.thread = "key log", .capacity = most_waiting_keys, .report = report_of("key log", file)})
    {
    }
    void keep(std::string_view line) noexcept override
    try {
        writer_.write(std::string(line) + "\n", 1);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory; it is as if nobody had asked
    }

private:
    trace::LineWriter writer_;
};

// "/a" has /a, /a/ and what is below; "/a/" the same without /a.
bool is_below(std::string_view path, std::string_view wanted)
{
    if (!path.starts_with(wanted)) return false;
    return wanted.ends_with('/') || path.size() == wanted.size() || path[wanted.size()] == '/';
}

// The path of a request's target as it was sent: of an absolute one (RFC 9112 §3.2.2) what is behind the authority.
std::string_view path_of(std::string_view target)
{
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
        const auto slash = target.find('/', scheme + 3);
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

Tracing::Tracing(Options options)
    : options_(std::move(options))
{
}

Tracing::~Tracing() = default;

void Tracing::start()
{
    std::call_once(once_, [this] {
        if (options_.key_log) key_log_ = std::make_shared<KeyFile>(std::move(options_.key_log), options_.key_log_file);
        if (!options_.form) return;
        writer_ = std::make_unique<trace::LineWriter>(
            options_.output.release(), trace::LineWriter::Options{.thread = "trace",
                                                                  .capacity = most_waiting,
                                                                  .report = report_of("trace", options_.file)});
        story_ = std::make_unique<trace::Story>(
            trace::Story::Options{.form = *options_.form,
                                  .side = trace::Side::server,
                                  .style = {.colour = options_.colour, .secrets = options_.secrets, .shows_ids = true},
                                  .write = [writer = writer_.get()](std::string_view lines, std::uint64_t count) {
                                      writer->write(lines, count);
                                  }});
    });
}

bool Tracing::wants(const io::Address& peer) const
{
    if (story_ == nullptr) return false;
    return options_.networks.empty() ||
           std::ranges::any_of(options_.networks, [&](const Network& network) { return network.has(peer); });
}

bool Tracing::wants_path(std::string_view target) const
{
    return std::ranges::any_of(options_.paths,
                               [path = path_of(target)](const std::string& wanted) { return is_below(path, wanted); });
}

ConnectionStory::ConnectionStory(Tracing& tracing, const io::Address& peer, const io::Address& local)
    : tracing_(tracing)
    , context_{.listener = this, .side = trace::Side::server, .connection = trace::next_connection()}
    , is_told_(!tracing.asks_for_paths())
{
    const std::string from = peer.text(), to = local.text();
    context_.say(trace::ConnectionAccepted{from, to});
}

ConnectionStory::~ConnectionStory()
{
    if (!has_closed_) context_.say(trace::ConnectionClosed{.why = "it was cut"});
}

bool ConnectionStory::is_wanted(const trace::Context& context, const trace::Event& event)
{
    if (!tracing_.asks_for_paths()) return true;
    if (context.exchange == 0) return is_told_;
    const auto known = std::ranges::find(wanted_, context.exchange);
    if (known != wanted_.end()) {
        if (std::holds_alternative<trace::ExchangeEnd>(event)) wanted_.erase(known);
        return true;
    }
    const auto* const head = std::get_if<trace::RequestHead>(&event);
    if (head == nullptr || !tracing_.wants_path(head->target)) return false;
    wanted_.push_back(context.exchange);
    return true;
}

void ConnectionStory::hear(const trace::Context& context, base::Instant at, const trace::Event& event) noexcept
try {
    if (std::holds_alternative<trace::ConnectionClosed>(event)) has_closed_ = true;
    trace::Story& story = tracing_.story();
    if (is_wanted(context, event)) {
        is_told_ = true;
        for (const auto& held : std::exchange(held_, {})) story.write(held.at, held.lines);
        story.write(at, story.lines_of(context, event));
    } else if (context.exchange == 0 && held_octets_ < most_held) {
        held_.push_back({at, story.lines_of(context, event)});
        held_octets_ += held_.back().lines.size();
    }
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): what cannot be told for want of memory is not told
}

}  // namespace cais::server

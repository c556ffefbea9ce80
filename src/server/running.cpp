#include "server/running.h"

#include "trace/log.h"

#include <fmt/format.h>

namespace cais::server {
namespace {

constexpr auto reload_limit = std::chrono::minutes(3);  // for who asked; a reload itself ends before

}  // namespace

std::expected<void, std::string> Running::open_control(const StateFolder& state)
{
    auto control = Control::open(state);
    if (!control) return std::unexpected(std::move(control.error()));
    control_ = std::move(*control);
    control_->add("reload", *this);
    control_->add("renew", server_.renewal());
    control_->add(local_certificates_command, server_.local_certificates());
    return {};
}

std::expected<void, std::string> Running::publish_control() { return control_->publish(); }

io::Task<void> Running::serve_control()
{
    answering_.spawn(&Running::reload_when_wanted, *this);
    if (control_) answering_.spawn(&Control::serve, *control_);
    co_await answering_.end();
    control_.reset();
}

void Running::hand_over_control()
{
    if (control_) control_->hand_over();
    is_handed_over_ = true;
    answering_.cancel();
}

io::Task<void> Running::reload_when_wanted()
{
    for (;;) {
        auto wanted = co_await reload_wanted_.wait(base::without_limit);
        if (!wanted) co_return;
        reload_wanted_.clear();
        ++begun_;
        auto outcome = co_await reload_once();
        last_ = std::move(outcome);
        if (is_handed_over_ || server_.is_ending()) last_.ask_again = is_handed_over_;
        else log_outcome(last_);
        ended_ = begun_;
        for (io::Event* event : std::exchange(waiting_, {})) event->set();
    }
}

// One that begins from here on sees what is there now; one that runs already may have missed it.
io::Task<ControlAnswer> Running::run(std::string)
{
    const std::uint64_t mine = begun_ + 1;
    want_reload();
    const base::Instant until = io::Loop::current()->now() + reload_limit;
    while (ended_ < mine) {
        const base::Duration left = until - io::Loop::current()->now();
        if (left <= base::Duration::zero())
            co_return Outcome{false, "the reload takes too long; the log will say what came of it"};
        io::Event event;
        waiting_.push_back(&event);
        auto waited = co_await event.wait(left);
        std::erase(waiting_, &event);
        if (!waited && waited.error().kind == Error::cancelled)
            co_return Outcome{false,
                              is_handed_over_ ? "the server was replaced by a new one meanwhile" : "the server stops",
                              is_handed_over_};
    }
    co_return last_;
}

void log_outcome(const ControlAnswer& outcome)
{
    const auto level = outcome.is_done ? trace::Level::info : trace::Level::error;
    std::string_view text = outcome.text;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) trace::log(level, "reload: " + std::string(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string but_goes_on(std::string why)
{
    while (why.ends_with('\n')) why.pop_back();
    return why += "\nthe configuration that is in use goes on\n";
}

std::vector<std::string> wants_restart(const Configuration& old, const Configuration& fresh)
{
    std::vector<std::string> lines;
    const auto say = [&](const char* key) {
        lines.push_back(fmt::format("`{}` has changed; that takes a restart, until when it stays as it was", key));
    };
    if (old.state != fresh.state) say("state");
    if (old.user != fresh.user) say("user");
    if (old.workers != fresh.workers) say("workers");
    return lines;
}

std::string summary(const Configuration& configuration, const std::vector<std::string>& warnings)
{
    std::string text;
    for (const auto& warning : warnings) (text += warning) += '\n';
    const std::size_t sites = configuration.sites.size();
    return text + fmt::format("{}: {} site{}, in use now\n", configuration.file, sites, sites == 1 ? "" : "s");
}

}  // namespace cais::server

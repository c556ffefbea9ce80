#include "tls/accept.h"

#include "base/text.h"
#include "io/loop.h"
#include "tls/handshake.h"
#include "tls/openssl.h"
#include "trace/log.h"

#include <algorithm>

namespace cais::tls {
namespace {

constexpr std::uint64_t most_unread = 64 * 1024;
constexpr base::Duration unread_time = std::chrono::seconds(1);

// In the clear, to who spoke in the clear; what still comes is read off a little, so that no reset takes the answer.
io::Task<void> answer_plainly(io::Stream& inner, std::string_view answer)
{
    static_cast<void>(inner.try_write({&answer, 1}, io::More::no));
    inner.shut_down();
    const base::Instant until = io::Loop::current()->now() + unread_time;
    std::uint64_t discarded = 0;
    char into[2048];
    while (discarded < most_unread) {
        const io::Progress progress = inner.try_read(into);
        discarded += progress.bytes;
        if (progress.state == io::Progress::done) continue;
        if (progress.state != io::Progress::blocked) co_return;
        const base::Instant now = io::Loop::current()->now();
        if (now >= until) co_return;
        auto ready = co_await inner.ready(io::Stream::For::reading, until - now);
        if (!ready) co_return;
    }
}

void say(const Arrival& arrival, const Handshake& handshake, const Error& error)
{
    if (error.kind == Error::cancelled) return;
    std::string why;
    if (!handshake.why().empty()) base::append_printable(why, handshake.why());
    else if (error.kind == Error::timed_out) why = "the handshake took too long (`tls-handshake`)";
    else why = base::describe(error);
    if (arrival.trace) arrival.trace.say(trace::TlsFailure{why});
    const std::string line = "TLS with " + arrival.peer.text() + ": " + why;
    if (handshake.is_our_fault()) trace::log(trace::Level::warning, trace::Key{"TLS without a certificate"}, line);
    else trace::log(trace::Level::info, trace::Key{"TLS handshakes failed"}, line);
}

}  // namespace

io::Task<Result<void>> accept(Stream& stream, const Arrival& arrival)
{
    Handshake handshake(stream, &arrival, arrival.trace);
    const base::Instant until = io::Loop::current()->now() + arrival.limit;
    auto done = co_await handshake.hear_first_octets(arrival.limit);
    if (done) done = handshake.start(arrival.context.get());
    if (done) {
        auto ran = co_await handshake.run(std::max<base::Duration>(until - io::Loop::current()->now(), {}));
        done = ran;
    }
    if (done) {
        handshake.finish();
        co_return done;
    }
    // A peer that went away without a word, as port scanners and health checks do, is none to speak of.
    if (done.error().kind != Error::ended) say(arrival, handshake, done.error());
    handshake.abandon();
    if (handshake.spoke_http() && arrival.plain_answer != nullptr) {
        const std::string answer = arrival.plain_answer();
        co_await answer_plainly(handshake.inner(), answer);
    }
    co_return done;
}

}  // namespace cais::tls

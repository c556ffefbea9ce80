#include "server/sockets.h"

#include "io/listener.h"
#include "trace/log.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

namespace cais::server {
namespace {

std::string why_not(const io::Address& address, const Error& error)
{
    const std::string where = "listen at " + address.text() + ": ";
    if (error.kind == Error::busy) return where + "the port is in use by another program";
    if (error.kind == Error::denied)
        return where + "not permitted; ports below 1024 need a privilege (CAP_NET_BIND_SERVICE)";
    if (error.number == EAFNOSUPPORT || error.number == EADDRNOTAVAIL)
        return where + "this machine has no such address";
    return where + base::describe(error);
}

// Whether another loop may have a socket of its own beside it: it says so itself, and is ours.
bool may_be_joined(int socket)
{
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &value, &length) == 0 && value != 0;
}

}  // namespace

ListenerSockets ListenerSockets::copy() const
{
    ListenerSockets copy{number, asked, bound, is_lent, {}};
    for (const auto& socket : sockets) copy.sockets.emplace_back(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
    return copy;
}

void Sockets::inherit(io::Descriptor socket, io::Address asked, bool is_lent)
{
    const io::Address bound = io::local_address(socket.get());
    inherited_.push_back(
        {std::move(socket), asked.family == io::Address::Family::none ? bound : asked, bound, is_lent});
}

void Sockets::forget_unwanted()
{
    for (const auto& unwanted : inherited_)
        if (unwanted.is_lent)
            trace::log(trace::Level::warning, "listening: the socket at " + unwanted.bound.text() +
                                                  " was handed in, and no site listens there; it is not served");
    inherited_.clear();
}

std::vector<io::Address> Sockets::inherited() const
{
    std::vector<io::Address> addresses;
    for (const auto& one : inherited_)
        if (std::ranges::find(addresses, one.bound) == addresses.end()) addresses.push_back(one.bound);
    return addresses;
}

std::expected<ListenerSockets, std::string> Sockets::open(const WantedAddress& wanted)
{
    using Share = io::ListenOptions::Share;
    ListenerSockets listener{0, wanted.address, wanted.address, false, {}};
    for (auto& one : inherited_) {
        if (!one.socket) continue;
        const bool is_it = listener.sockets.empty() ? one.asked == wanted.address || one.bound == wanted.address
                                                    : one.asked == wanted.address && one.bound == listener.bound;
        if (!is_it) continue;
        listener.bound = one.bound;
        listener.is_lent = listener.is_lent || one.is_lent;
        listener.sockets.push_back(std::move(one.socket));
    }
    std::erase_if(inherited_, [](const Inherited& one) { return !one.socket; });

    const bool is_new = listener.sockets.empty();
    while (listener.sockets.size() < workers_) {
        if (!is_new && !may_be_joined(listener.sockets[0].get())) break;
        io::ListenOptions options;
        options.share = workers_ == 1 ? Share::no : listener.sockets.empty() ? Share::first : Share::joins;
        auto socket = io::listen_at(listener.bound, options);
        // One of ours may stand in the way that is about to go: 0.0.0.0:80 of 127.0.0.1:80.
        if (!socket && is_new && listener.sockets.empty() && socket.error().kind == Error::busy &&
            open_ours(wanted.address)) {
            options.share = Share::joins;
            socket = io::listen_at(listener.bound, options);
        }
        if (!socket && !is_new) break;  // bound by another user, as systemd is: what there is will do
        if (!socket) {
            const bool is_absent = socket.error().number == EAFNOSUPPORT || socket.error().number == EADDRNOTAVAIL;
            if (wanted.may_be_absent && is_absent) return listener;
            return std::unexpected(why_not(wanted.address, socket.error()));
        }
        if (listener.sockets.empty()) listener.bound = io::local_address(socket->get());
        listener.sockets.push_back(std::move(*socket));
    }
    return listener;
}

// Lets others bind beside those of ours at the same port; false where there are none.
bool Sockets::open_ours(const io::Address& address)
{
    bool has_any = false;
    for (const auto& listener : listeners_) {
        if (listener.bound.port != address.port || listener.bound == address) continue;
        for (const auto& socket : listener.sockets) {
            const int yes = 1;
            ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
            has_any = true;
        }
    }
    return has_any;
}

std::expected<Sockets::Plan, std::string> Sockets::prepare(const std::vector<WantedAddress>& wanted)
{
    Plan plan;
    std::vector<std::uint32_t> kept;
    for (const auto& one : wanted) {
        const auto known = std::ranges::find_if(listeners_, [&](const ListenerSockets& listener) {
            return listener.asked == one.address && std::ranges::find(kept, listener.number) == kept.end();
        });
        if (known != listeners_.end()) {
            kept.push_back(known->number);
            plan.order.push_back(known->number);
            continue;
        }
        auto opened = open(one);
        if (!opened) return std::unexpected(std::move(opened.error()));
        if (opened->sockets.empty()) {
            plan.order.push_back(0);
            continue;
        }
        opened->number = ++last_number_;
        plan.order.push_back(opened->number);
        plan.opened.push_back(std::move(*opened));
    }
    for (const auto& listener : listeners_)
        if (std::ranges::find(kept, listener.number) == kept.end()) plan.closed.push_back(listener.number);
    if (kept.empty() && plan.opened.empty())
        return std::unexpected("listen: none of the addresses exists on this machine");
    return plan;
}

void Sockets::commit(Plan plan)
{
    std::erase_if(listeners_, [&](const ListenerSockets& listener) {
        return std::ranges::find(plan.closed, listener.number) != plan.closed.end();
    });
    for (auto& listener : plan.opened) listeners_.push_back(std::move(listener));
}

}  // namespace cais::server

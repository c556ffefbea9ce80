#include "client/name_query.h"

#include <algorithm>
#include <ares.h>
#include <array>
#include <cstring>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace cais::client {
namespace {

Error error_of(int status)
{
    switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_ENONAME: return {Error::not_found, 0, "the name has no address", ""};
    case ARES_EBADNAME: return {Error::malformed, 0, "it is no name of the DNS", "RFC 1035 §2.3.4"};
    case ARES_ETIMEOUT: return {Error::timed_out, 0, "no name server answered in time", ""};
    case ARES_ECONNREFUSED: return {Error::failed, 0, "no name server answered", ""};
    case ARES_ESERVFAIL: return {Error::failed, 0, "the name server could not find out (SERVFAIL)", ""};
    case ARES_EREFUSED: return {Error::failed, 0, "the name server refused to answer", ""};
    case ARES_ENOMEM: return {Error::exhausted, 0, "no memory for a lookup", ""};
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION: return {Error::cancelled, 0, "the lookup was cancelled", ""};
    default: return {Error::failed, 0, ares_strerror(status), ""};
    }
}

// A channel of c-ares and its sockets, which are watched as one descriptor: an epoll of their own inside the loop's,
// because c-ares opens and closes them as it likes.
class Channel {
public:
    Channel(const NameQuery& query, Addresses& into, const trace::Context& trace)
        : query_(&query)
        , into_(&into)
        , trace_(&trace)
        , sockets_(io::Descriptor(::epoll_create1(EPOLL_CLOEXEC)))
    {
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel()
    {
        is_ending_ = true;
        if (channel_ != nullptr) ares_destroy(channel_);  // calls back for what is still asked
    }

    Result<void> begin()
    {
        static const int started = ares_library_init(ARES_LIB_INIT_ALL);
        if (started != ARES_SUCCESS || sockets_.fd() < 0) return fail(Error::exhausted, "no room for a lookup");
        ares_options options{};
        options.sock_state_cb = [](void* self, ares_socket_t socket, int reads, int writes) {
            static_cast<Channel*>(self)->watch(socket, reads != 0, writes != 0);
        };
        options.sock_state_cb_data = this;
        // The hosts file was looked at before: "b" is the DNS alone.
        char lookups[] = "b";
        options.lookups = lookups;
        const int made = ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
        if (made != ARES_SUCCESS) return std::unexpected(error_of(made));
        if (!query_->servers.empty() && ares_set_servers_ports_csv(channel_, query_->servers.c_str()) != ARES_SUCCESS)
            return fail(Error::malformed, "the list of name servers is none");
        // The wish for IPv6 leaves first: RFC 8305 §3.
        if (query_->families != Families::ip4) ask(AF_INET6, ip6_);
        else into_->answered(true);
        if (query_->families != Families::ip6) ask(AF_INET, ip4_);
        else into_->answered(false);
        return {};
    }

    // Waits until something has come or is due, and deals with it. False where the wait was cancelled.
    io::Task<bool> step(base::Duration limit)
    {
        timeval due{};
        if (const timeval* next = ares_timeout(channel_, nullptr, &due))
            limit = std::min<base::Duration>(limit, std::chrono::seconds(next->tv_sec) +
                                                        std::chrono::microseconds(next->tv_usec));
        const bool goes_on = co_await io::Readable(sockets_, limit);
        if (!goes_on) co_return false;
        std::array<epoll_event, 8> events;
        const int count = ::epoll_wait(sockets_.fd(), events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            const bool may_read = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
            const bool may_write = (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
            ares_process_fd(channel_, may_read ? event.data.fd : ARES_SOCKET_BAD,
                            may_write ? event.data.fd : ARES_SOCKET_BAD);
        }
        if (count <= 0) {
            sockets_.would_block();
            ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what is due
        }
        co_return true;
    }

private:
    struct Asked {
        Channel* channel = nullptr;
        bool is_ip6 = false;
    };

    void ask(int family, Asked& asked)
    {
        asked = {this, family == AF_INET6};
        ares_addrinfo_hints hints{};
        hints.ai_family = family;
        hints.ai_socktype = SOCK_STREAM;
        ares_getaddrinfo(channel_, query_->name.c_str(), nullptr, &hints, answered, &asked);
    }

    static void answered(void* argument, int status, int, ares_addrinfo* found)
    {
        const Asked& asked = *static_cast<Asked*>(argument);
        asked.channel->take(asked.is_ip6, status, found);
        if (found != nullptr) ares_freeaddrinfo(found);
    }

    void take(bool is_ip6, int status, const ares_addrinfo* found)
    {
        if (is_ending_) return;
        if (status == ARES_SUCCESS && found != nullptr) {
            for (const auto* node = found->nodes; node != nullptr; node = node->ai_next) {
                sockaddr_storage storage{};
                std::memcpy(&storage, node->ai_addr, std::min<std::size_t>(node->ai_addrlen, sizeof storage));
                io::Address address = io::Address::of(storage);
                address.port = query_->port;
                if ((address.family == io::Address::Family::ip6) == is_ip6) into_->add(address);
            }
        } else {
            // That there is nothing of one family says less than why the other was not heard of.
            const Error error = error_of(status);
            if (error.kind != Error::not_found) into_->fault = error;
        }
        if (*trace_ && found != nullptr) {
            static const std::vector<io::Address> none;
            say_answer(*trace_, query_->name, "dns", is_ip6 ? into_->ip6 : none, is_ip6 ? none : into_->ip4);
        }
        into_->answered(is_ip6);
    }

    void watch(ares_socket_t socket, bool reads, bool writes) noexcept
    {
        epoll_event event{};
        event.data.fd = socket;
        event.events = (reads ? EPOLLIN : 0u) | (writes ? EPOLLOUT : 0u);
        if (event.events == 0) ::epoll_ctl(sockets_.fd(), EPOLL_CTL_DEL, socket, &event);
        else if (::epoll_ctl(sockets_.fd(), EPOLL_CTL_MOD, socket, &event) != 0)
            ::epoll_ctl(sockets_.fd(), EPOLL_CTL_ADD, socket, &event);
    }

    const NameQuery* query_;
    Addresses* into_;
    const trace::Context* trace_;
    io::Source sockets_;
    ares_channel channel_ = nullptr;
    Asked ip6_, ip4_;
    bool is_ending_ = false;
};

}  // namespace

void say_answer(const trace::Context& trace, std::string_view host, std::string_view source,
                const std::vector<io::Address>& ip6, const std::vector<io::Address>& ip4)
{
    std::vector<std::string> texts;
    for (const auto* list : {&ip6, &ip4})
        for (const auto& address : *list) texts.push_back(address.ip_text());
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const std::span<const std::string_view> all(views);
    trace.say(trace::ResolveAnswer{host, source, all.first(ip6.size()), all.subspan(ip6.size())});
}

io::Task<Result<void>> ask_name_servers(NameQuery query, Addresses& into, trace::Context trace)
{
    const base::Instant until = io::Loop::current()->now() + query.limit;
    Channel channel(query, into, trace);
    auto begun = channel.begin();
    if (!begun) co_return begun;
    while (!into.is_whole()) {
        const base::Duration left = until - io::Loop::current()->now();
        if (left <= base::Duration::zero()) co_return fail(Error::timed_out, "no name server answered in time");
        const bool goes_on = co_await channel.step(left);
        if (!goes_on) co_return fail(Error::cancelled, "the lookup was cancelled");
    }
    if (into.is_empty()) co_return std::unexpected(into.fault);
    co_return Result<void>();
}

}  // namespace cais::client

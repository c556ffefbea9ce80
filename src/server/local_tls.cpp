#include "server/local_tls.h"

#include "base/text.h"
#include "io/loop.h"
#include "tls/local_name.h"
#include "trace/log.h"

#include <algorithm>
#include <array>
#include <ifaddrs.h>
#include <memory>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr std::size_t most_names = 100;                  // tls::Authority's
constexpr std::uint64_t most_seconds = 253'402'300'799;  // the year 9999
constexpr auto root_ends_soon = std::chrono::days(90);

std::string name_of_this_machine()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

bool wants_certificate(const Site& site) { return site.tls.from == SiteTls::From::internal && site.has_tls_listener(); }

// No address in particular: 0.0.0.0 or [::].
bool is_any(const io::Address& address)
{
    return std::ranges::all_of(address.ip, [](std::uint8_t octet) { return octet == 0; });
}

class NameList {
public:
    void add(std::string name)
    {
        std::ranges::transform(name, name.begin(), base::to_lower);
        if (names.size() < most_names && tls::is_local_name(name) && std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
    }
    std::vector<std::string> names;
};

void add_every_name(NameList& to, const Site& site, const std::string& machine, std::span<const std::string> addresses)
{
    for (const char* name : {"localhost", "127.0.0.1", "::1"}) to.add(name);
    bool is_open = false;
    for (const auto& listen : site.listen) {
        if (!listen.is_tls) continue;
        const auto text = listen.address.ip_text();
        is_open |= !text.starts_with("127.") && text != "::1";
        if (!is_any(listen.address)) to.add(text);
    }
    if (!is_open) return;
    to.add(machine);                                          // "nas.home.arpa"
    to.add(machine.substr(0, machine.find('.')) + ".local");  // RFC 6762 §3
    const bool is_everywhere =
        std::ranges::any_of(site.listen, [](const Listen& listen) { return listen.is_tls && is_any(listen.address); });
    for (const auto& address : addresses)
        if (is_everywhere) to.add(address);
}

void say_failure(const Error& error)
{
    trace::log(trace::Level::error, "local certificates are not issued: " + describe(error) + "; next try in a minute");
}

}  // namespace

std::vector<std::string> addresses_of_this_machine()
{
    std::vector<std::string> all;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return all;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(list, ::freeifaddrs);
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        const int family = one->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        sockaddr_storage address{};
        std::copy_n(reinterpret_cast<const char*>(one->ifa_addr),
                    family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6), reinterpret_cast<char*>(&address));
        all.push_back(io::Address::of(address).ip_text());
    }
    std::ranges::sort(all);  // the kernel's order changes when nothing else does
    return all;
}

std::vector<tls::LocalCertificates::Site> local_sites(std::span<const Site> sites, const std::string& machine,
                                                      std::span<const std::string> addresses)
{
    std::vector<tls::LocalCertificates::Site> all;
    for (const auto& site : sites) {
        if (!wants_certificate(site)) continue;
        tls::LocalCertificates::Site wanted;
        NameList names;
        bool is_for_all = false;
        for (const auto& named : site.hosts) {
            wanted.hosts.push_back(named.host.text());
            is_for_all |= named.host.kind == Host::Kind::any;
            names.add(named.host.text());
        }
        if (is_for_all) add_every_name(names, site, machine, addresses);
        wanted.names = std::move(names.names);
        if (!wanted.names.empty()) all.push_back(std::move(wanted));
    }
    return all;
}

std::expected<void, std::string> LocalTls::prepare(const Configuration& configuration)
{
    const std::lock_guard lock(mutex_);
    if (issued_ != nullptr || std::ranges::none_of(configuration.sites, wants_certificate)) return {};
    if (configuration.state.empty())
        return std::unexpected("the local authority has no place to be kept: HOME is not set");
    const auto folder = tls::Authority::folder_in(configuration.state);
    auto authority = tls::Authority::read(folder);
    const bool is_new = !authority && authority.error().kind == Error::not_found;
    authority = tls::Authority::open(folder);
    if (!authority) return std::unexpected(folder + ": " + describe(authority.error()));
    if (is_new)
        trace::log(trace::Level::info, "made a local authority in " + folder +
                                           "; browsers warn of its certificates until `cais trust` has been run");
    if ((*authority)->root().not_after < base::wall_now() + root_ends_soon)
        trace::log(trace::Level::warning, "the local authority in " + folder +
                                              " ends soon: delete that folder, start again, then run `cais trust`");
    issued_ = std::make_unique<tls::LocalCertificates>(std::move(*authority), table_);
    return {};
}

void LocalTls::apply(const Configuration& configuration)
{
    const std::lock_guard lock(mutex_);
    if (issued_ == nullptr) return;
    sites_.clear();
    std::ranges::copy_if(configuration.sites, std::back_inserter(sites_), wants_certificate);
    issue();
}

void LocalTls::issue()
{
    const auto done = issued_->set(local_sites(sites_, name_of_this_machine(), addresses_of_this_machine()));
    if (!done) say_failure(done.error());
}

void LocalTls::refresh()
{
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || issued_ == nullptr) return;  // prepare() may wait for a disk, and the loop does not wait for it
    issue();
    if (const auto done = issued_->renew(); !done) say_failure(done.error());
}

io::Task<ControlAnswer> LocalTls::run([[maybe_unused]] std::string argument)
{
    ControlAnswer answer{true};
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) co_return ControlAnswer{false, "the server is just taking another configuration", true};
    if (issued_ == nullptr) co_return answer;
    for (const auto& one : issued_->presented()) {
        std::string hosts;
        for (const auto& host : one.hosts) (hosts += hosts.empty() ? "" : " ") += host;
        answer.text += line_of({std::move(hosts), one.not_after});
    }
    co_return answer;
}

std::string line_of(const LocalCertificate& certificate)
{
    return certificate.hosts + "\t" + std::to_string(certificate.not_after.time_since_epoch().count()) + "\n";
}

std::vector<LocalCertificate> local_certificates_in(std::string_view lines)
{
    std::vector<LocalCertificate> all;
    for (std::size_t end = 0; (end = lines.find('\n')) != lines.npos; lines.remove_prefix(end + 1)) {
        const auto line = lines.substr(0, end);
        const auto tab = line.find('\t');
        if (tab == line.npos) continue;
        const auto seconds = base::parse_decimal(line.substr(tab + 1));
        if (!seconds || *seconds > most_seconds) continue;
        all.push_back({std::string(line.substr(0, tab)), base::Seconds(std::chrono::seconds(*seconds))});
    }
    return all;
}

io::Task<void> LocalTls::keep(LocalTls& local)
{
    while (true) {
        const auto slept = co_await io::sleep_for(std::chrono::minutes(1));
        if (!slept) co_return;
        local.refresh();
    }
}

}  // namespace cais::server

// Configurations: whatever a file holds, reading it ends, says what is wrong within bounds and shows no control
// character; and what it finds nothing wrong with can be served.
#undef NDEBUG
#include "server/configuration.h"

#include "base/text.h"

#include <cassert>
#include <set>
#include <string>

using namespace cais;

namespace {

void check_text(const std::string& text)
{
    assert(base::is_utf8(text));
    for (const char c : text) assert(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
}

void check_good(const server::Configuration& configuration)
{
    assert(!configuration.sites.empty());
    std::set<std::string> hosts_at_addresses;
    for (const auto& site : configuration.sites) {
        assert(!site.hosts.empty() && !site.listen.empty());
        for (const auto& listen : site.listen) {
            assert(!listen.is_tls || site.tls.from != server::SiteTls::From::off);
            for (const auto& named : site.hosts) {
                const auto again = server::Host::parse(named.host.text());
                assert(again && *again == named.host);
                assert(hosts_at_addresses.insert(named.host.text() + " " + listen.address.text()).second);
            }
        }
        for (std::size_t i = 0; i < site.routes.size(); ++i) {
            const auto& path = site.routes[i].path;
            const auto again = server::PathPattern::parse(path.text());
            assert(again && *again == path);
            for (std::size_t j = 0; j < i; ++j) assert(site.routes[j].path != path);
        }
    }
    for (const auto& network : configuration.trust) assert(*server::Network::parse(network.text()) == network);
    assert(configuration.limits.http.request_line > 0 && configuration.limits.http.idle_time > base::Duration::zero());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    // Secrets of this machine are none of the fuzzer's business.
    if (text.contains("file:") || text.contains("env:")) return 0;
    const auto document = config::Document::of("f", text, server::configuration_page);
    const auto configuration = server::read_configuration(*document);
    check_text(document->diagnostics().text());
    for (const auto& line : document->diagnostics().lines()) assert(!line.contains('\n'));
    if (!document->is_readable()) assert(document->diagnostics().has_errors());
    if (!document->diagnostics().has_errors()) check_good(configuration);
    return 0;
}

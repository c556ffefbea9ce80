// The choice of a route: no spelling of a path reaches another route than its decoded normal form does, and the table
// finds what asking every pattern finds. The first line's first octet picks the sites' routes, the rest is a target.
#undef NDEBUG
#include "base/arena.h"
#include "http/target.h"
#include "server/host_table.h"
#include "server/route_table.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <array>
#include <cassert>
#include <string>
#include <vector>

using namespace cais;
using server::PathPattern;

namespace {

std::vector<PathPattern> patterns_of(std::initializer_list<const char*> texts)
{
    std::vector<PathPattern> patterns;
    for (const char* text : texts) patterns.push_back(*PathPattern::parse(text));
    return patterns;
}

const std::array<std::vector<PathPattern>, 4> sets = {
    patterns_of({"/", "/sub/", "/sub/*.php", "/sub/deep/", "/a.txt", "/sub"}),
    patterns_of({"/secret/", "/*.cgi", "/s/"}),
    patterns_of({"/a", "/a/", "/a/b", "/a/b/", "/a/b/*.x", "/a/*b.x", "/a/*.x"}),
    patterns_of({"/\xC3\xA9/", "/ /", "/%/", "/\\/", "/"}),
};

int choice_of(const std::vector<PathPattern>& patterns, const server::RouteTable& table, const http::Target& target)
{
    if (target.has_empty_segment) return -2;
    const auto found = table.find(target.path);
    int best = -1;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (!server::matches(patterns[i], target.path)) continue;
        if (best < 0 || patterns[i].precedence(patterns[static_cast<std::size_t>(best)]) > 0)
            best = static_cast<int>(i);
    }
    assert((found ? static_cast<int>(found->route) : -1) == best);
    if (found) assert(found->matched <= target.path.size() + 1);
    return best;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const auto& patterns = sets[data[0] % sets.size()];
    const server::RouteTable table(patterns);
    const std::string_view raw(reinterpret_cast<const char*>(data) + 1, size - 1);
    base::Arena arena;
    const auto target = http::parse_target(http::Method::get, raw, arena);
    if (!target || target->form == http::Target::asterisk) return 0;
    const int choice = choice_of(patterns, table, *target);

    // The path written anew, with nothing escaped that need not be, and with everything escaped but the slashes.
    for (const auto& plain : {uri::path, base::OctetSet("/")}) {
        std::string again;
        uri::append_percent_encoded(again, target->path, plain);
        const auto read = http::parse_target(http::Method::get, again, arena);
        assert(read && read->path == target->path);
        assert(choice_of(patterns, table, *read) == choice);
    }

    // A host in any case, with a last dot and a port, is one host.
    if (target->form == http::Target::absolute && !target->authority.starts_with('[')) {
        server::HostTable hosts;
        for (const char* host : {"a.example", "*.a.example", "127.0.0.1"}) hosts.add(*server::Host::parse(host), 0);
        const auto authority = uri::parse_authority(target->authority);
        std::string upper;
        for (const char c : authority->host) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        const auto found = hosts.find(target->authority);
        assert(found.has_value() == hosts.find(upper + ":80").has_value());
        if (!authority->host.ends_with('.')) assert(found.has_value() == hosts.find(upper + ".").has_value());
    }
    return 0;
}

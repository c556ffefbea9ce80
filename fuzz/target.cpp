// Targets: what is taken has one meaning. The first octet picks a method, the rest is the target.
#undef NDEBUG
#include "http/target.h"

#include "base/text.h"
#include "uri/authority.h"
#include "uri/percent.h"

#include <cassert>
#include <string>

using namespace cais;

namespace {

// No segment of `path` is "." or "..", whichever of the two slashes separates.
bool has_dot_segment(std::string path)
{
    for (char& c : path)
        if (c == '\\') c = '/';
    path += '/';
    return path.contains("/./") || path.contains("/../");
}

void check_path(const http::Target& target, base::Arena& arena)
{
    assert(target.path.starts_with('/') && target.raw_path.starts_with('/'));
    assert(base::is_utf8(target.path) && !has_dot_segment(std::string(target.path)));
    for (const char c : target.path) assert(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    assert(target.has_empty_segment == target.path.contains("//"));
    if (!target.raw_path.contains('%')) assert(target.path == target.raw_path);

    // The path, written by us, is the same path: no second decoding, nothing lost.
    std::string again;
    uri::append_percent_encoded(again, target.path, uri::path);
    const auto read = http::parse_target(http::Method::get, again, arena);
    assert(read && read->form == http::Target::origin && read->path == target.path && !read->has_query);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const auto method = static_cast<http::Method>(*data % static_cast<unsigned>(http::Method::count_));
    const std::string_view raw(reinterpret_cast<const char*>(data) + 1, size - 1);
    base::Arena arena;
    const auto target = http::parse_target(method, raw, arena);
    if (!target) return 0;

    for (const char c : raw) assert(c > 0x20 && c < 0x7F && c != '#');
    switch (target->form) {
    case http::Target::origin:
        assert(target->authority.empty() && raw.starts_with('/'));
        check_path(*target, arena);
        break;
    case http::Target::absolute:
        assert(uri::parse_authority(target->authority));
        check_path(*target, arena);
        break;
    case http::Target::authority_:
        assert(method == http::Method::connect && uri::parse_authority(raw)->port > 0 && target->path.empty());
        break;
    case http::Target::asterisk: assert(method == http::Method::options && target->path == "*"); break;
    }
    if (!target->has_query) assert(target->query.empty());
    assert(target->authority.empty() || http::valid_host(target->authority));
    return 0;
}

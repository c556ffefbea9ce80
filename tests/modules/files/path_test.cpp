#include "modules/files/path.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::files {
namespace {

struct Case {
    const char* path;
    bool want;
};

TEST(Path, hidden_and_empty_segments_lead_nowhere)
{
    constexpr Case cases[] = {
        {"", true},
        {"a", true},
        {"a/", true},
        {"a/b/c.html", true},
        {"a.", true},
        {"a./b", true},
        {"a ", true},
        {"\\a", true},
        {"~", true},
        {"/", false},
        {"/a", false},
        {"a//", false},
        {"a//b", false},
        {".a", false},
        {".a/b", false},
        {"a/.b", false},
        {"a/.b/", false},
        {".htaccess", false},
        {".git/config", false},
        {"...", false},
        {".well-known", true},
        {".well-known/acme-challenge/x", true},
        {".well-known/.hidden", false},
        {".well-knownx", false},
        {".well-know", false},
        {".WELL-KNOWN", false},
    };
    for (const auto& [path, want] : cases) EXPECT_EQ(is_visible_path(path), want) << path;
}

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

TEST(Path, an_application_answers_for_pages_and_not_for_their_parts)
{
    struct Wanted {
        const char* path;
        const char* accept;  // null: none
        bool want;
    };
    constexpr Wanted cases[] = {
        {"/", nullptr, true},
        {"/user/7", nullptr, true},
        {"/v1.2/user", nullptr, true},
        {"/old.html", nullptr, true},
        {"/app.js", nullptr, false},
        {"/app.js", "*/*", false},
        {"/logo.png", "image/avif,image/*,*/*;q=0.8", false},
        {"/jane.doe", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", true},
        {"/jane.doe", "TEXT/HTML; charset=utf-8", true},
        {"/jane.doe", "text/htmlx", false},
        {"/jane.doe", "text/html;q=0", false},
        {"/jane.doe", "text/html;q=0.000, */*", false},
        {"/jane.doe", "*/*, text/html ; q=0.1", true},
    };
    for (const auto& [path, accept, want] : cases) {
        base::Arena arena;
        NoWire wire;
        http::Request request(arena, wire);
        request.target.path = path;
        if (accept != nullptr) request.fields.add(http::Name::accept, accept);
        EXPECT_EQ(wants_fallback(request), want) << path << ' ' << (accept == nullptr ? "" : accept);
    }
}

}  // namespace
}  // namespace cais::files

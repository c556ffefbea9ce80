// What an authority says: anything is read or refused; what is read holds what its types promise.
#undef NDEBUG
#include "acme/issue.h"
#include "acme/messages.h"
#include "uri/http_url.h"

#include <cassert>

using namespace cais;

namespace {

void is_url(std::string_view text)
{
    const auto url = uri::HttpUrl::parse(text);
    assert(url && url->is_secure);
}

void is_printable(std::string_view text)
{
    assert(text.size() < 4096);
    for (const char c : text) assert(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto directory = acme::Directory::read(text)) {
        is_url(directory->new_nonce);
        is_url(directory->new_account);
        is_url(directory->new_order);
        if (!directory->renewal_info.empty()) is_url(directory->renewal_info);
    }
    if (const auto order = acme::Order::read(text)) {
        is_url(order->finalize);
        for (const auto& url : order->authorizations) is_url(url);
        assert(order->status != acme::Status::valid || !order->certificate.empty());
        is_printable(order->error.text());
    }
    if (const auto authorization = acme::Authorization::read(text)) {
        for (const auto& challenge : authorization->challenges) {
            is_url(challenge.url);
            // It becomes a part of paths.
            assert(!challenge.token.empty() && challenge.token.find_first_of("./\\\r\n ") == std::string::npos);
        }
    }
    if (const auto info = acme::RenewalInfo::read(text)) assert(info->start < info->end);
    is_printable(acme::Problem::read(text).text());
    static_cast<void>(acme::parse_timestamp(text));
    if (const auto issue = acme::Issue::parse(text)) assert(acme::Issue::parse(issue->file()));
    return 0;
}

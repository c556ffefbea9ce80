// blob: URLs as the File API has them (§8, the blob URL store): sequences of octets with a media type, each under a URL
// that nobody can guess, until it is revoked. Fetched as the Fetch standard's scheme fetch does it (Fetch §4.3,
// "blob").
//
// For one loop. What was fetched outlives its URL, and the store.
// Not done: who may fetch what (the standard's partitions): whoever has the URL and the store may.
#pragma once
#include "base/result.h"
#include "base/shared.h"
#include "http/ranges.h"
#include "uri/url.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cais::client {

struct BlobBounds {
    std::size_t blobs = 4096;
    std::uint64_t octets = 256 * 1024 * 1024;  // of all together
};

// What a GET of a blob: URL comes to.
struct BlobAnswer {
    base::Bytes octets;                               // the whole, or the range of it
    std::string type = {};                            // the value of Content-Type; empty: none
    std::uint64_t length = 0;                         // of the whole
    std::optional<http::Range> range = {};            // 206: what `octets` are of the whole; empty: 200
    [[nodiscard]] std::string content_range() const;  // "bytes 0-9/100"; empty where the answer is 200
};

class BlobStore {
public:
    explicit BlobStore(BlobBounds bounds = {}) noexcept
        : bounds_(bounds)
    {
    }

    // A new URL, "blob:ORIGIN/UUID". `origin` is Url::origin()'s text, "null" where there is none. `type` is kept in
    // lower case; one that is not printable ASCII is none (File API §3.1). Errors    exhausted: the store is full, or
    // the system gave no random octets.
    Result<std::string> put(std::string octets, std::string_view type, std::string_view origin);

    // The fragment is not looked at. `range` is the value of Range; empty: there is none.
    // Errors    unsupported: no blob: URL; not_found: it was never given out, or is revoked; malformed: not one range
    // of
    //           octets, or one that begins behind the end (a network error where another scheme has 416).
    [[nodiscard]] Result<BlobAnswer> fetch(const uri::Url& url, std::string_view range = {}) const;

    // False where it was not there.
    bool revoke(const uri::Url& url);

    [[nodiscard]] std::size_t size() const noexcept { return blobs_.size(); }

private:
    struct Blob {
        base::Bytes octets;
        std::string type;
    };

    BlobBounds bounds_;
    std::map<std::string, Blob, std::less<>> blobs_;  // by URL
    std::uint64_t octets_ = 0;
};

}  // namespace cais::client

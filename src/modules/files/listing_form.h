// The forms that a listing is written in: HTML for people, JSON, plain text and CSV for programs. A form only writes;
// what is listed, and in which order, listing.h decides.
#pragma once
#include "modules/files/listing_order.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cais::files {

enum class Format : std::uint8_t { html, json, text, csv };

// What is shown of a member: a regular file or a folder, with a name that is UTF-8.
struct ListedMember {
    std::string_view name;
    std::uint64_t size = 0;     // of a file
    std::int64_t modified = 0;  // seconds since 1970, UTC
    bool folder = false;
};

struct ListingTotals {
    std::uint64_t folders = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;    // of the files
    std::uint64_t omitted = 0;  // members that are there, not hidden, and cannot be opened here
};

// The media type of a file by its name, empty where none is known; static storage.
using MediaTypeOf = std::string_view (*)(std::string_view name);

// Writes one document: begin, a row each member, end. Everything is appended to `to`.
class ListingForm {
public:
    virtual ~ListingForm() = default;
    virtual void begin(std::string& to) = 0;
    virtual void row(std::string& to, const ListedMember& member) = 0;
    virtual void end(std::string& to, const ListingTotals& totals) = 0;
};

// HTML, for a browser: see web/listing. `path` is the folder's, decoded, from `/` to `/`.
[[nodiscard]] std::unique_ptr<ListingForm> make_page(std::string path, Order order);

// {"path":"/x/","entries":[{"name":"a.txt","type":"file","size":1,"modified":"2026-01-02T03:04:05Z","media_type":"text/plain"},
//  {"name":"b","type":"directory","modified":"…"}],"folders":1,"files":1,"bytes":1,"omitted":0}
// A directory has neither size nor media type; a file whose media type is not known has no such member.
[[nodiscard]] std::unique_ptr<ListingForm> make_json(std::string path, MediaTypeOf media_type_of);

// A name a line, folders with a slash after it. So that a name is one line and read back as it was, a backslash is
// doubled and a control is written as \xHH.
[[nodiscard]] std::unique_ptr<ListingForm> make_text();

// name,type,size,modified,media_type: a header line and a record a member, RFC 4180. Names are written as they are,
// even where a spreadsheet would take one for a formula: a listing that changes names lies to programs.
[[nodiscard]] std::unique_ptr<ListingForm> make_csv(MediaTypeOf media_type_of);

}  // namespace cais::files

// The listing for people. What it looks like is in web/listing/listing.css, what it does by itself in
// web/listing/listing.ts; it works without either. The row's markup is kept short, since a folder may have a hundred
// thousand: end tags that HTML lets one leave out are left out (WHATWG HTML §13.1.2.4).
#include "base/text.h"
#include "modules/files/icon.h"
#include "modules/files/listing_form.h"
#include "modules/files/listing_page.h"
#include "modules/files/measure.h"

#include <utility>

namespace cais::files {
namespace {

constexpr unsigned rows_a_group = 128;  // as in listing.ts; the browser lays out only the groups that are in view

// A name as HTML shows it. Controls would be shown as nothing: they get their pictures (U+2400 and on).
void append_name(std::string& to, std::string_view name)
{
    constexpr auto special = base::OctetSet("&<>\"'\x7F").with(0, 0x1F);
    while (!name.empty()) {
        std::size_t plain = 0;
        while (plain < name.size() && !special.has(name[plain])) ++plain;
        to += name.substr(0, plain);
        if (plain == name.size()) return;
        const char c = name[plain];
        const auto octet = static_cast<unsigned char>(c);
        name.remove_prefix(plain + 1);
        if (octet == 0x7F) to += "\xE2\x90\xA1";
        else if (octet < 0x20) (to += "\xE2\x90") += static_cast<char>(0x80 + octet);
        else base::append_html(to, {&c, 1});
    }
}

// A link to a member of this folder: RFC 3986 §3.3, the name in one segment, after `./` so that no name is taken for a
// scheme or an authority (§4.2). Nothing in it needs escaping in HTML.
void append_link(std::string& to, std::string_view name)
{
    constexpr auto plain = base::OctetSet("-._~!$()*+,;=:@").with('0', '9').with('A', 'Z').with('a', 'z');
    constexpr char hex_digits[] = "0123456789ABCDEF";
    to += "./";
    for (const char c : name) {
        const auto octet = static_cast<unsigned char>(c);
        if (plain.has(c)) to += c;
        else ((to += '%') += hex_digits[octet >> 4]) += hex_digits[octet & 15];
    }
}

void append_count(std::string& to, std::uint64_t count, std::string_view one, std::string_view many)
{
    append_grouped(to, count);
    (to += ' ') += count == 1 ? one : many;
}

class Page final : public ListingForm {
public:
    Page(std::string path, Order order)
        : path_(std::move(path))
        , order_(order)
    {
    }

    void begin(std::string& to) override
    {
        to += "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Index of ";
        append_name(to, path_);
        to +=
            "</title>\n<link rel=\"icon\" href=\"data:image/svg+xml,"
            "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
            "%3Cpath fill='%23257ab8' d='M1 3q0-1 1-1h4l2 2h6q1 0 1 1v8q0 1-1 1H2q-1 0-1-1z'/%3E%3C/svg%3E\">\n<style>";
        to += listing_style;
        to += "</style>\n<header>\n";
        append_heading(to);
        to += "<form class=\"search\" role=\"search\" autocomplete=\"off\">"
              "<input type=\"search\" name=\"q\" aria-label=\"Search in this folder\" placeholder=\"Search in this "
              "folder\""
              " aria-keyshortcuts=\"/\" spellcheck=\"false\" autocapitalize=\"none\" enterkeyhint=\"go\">"
              "<kbd aria-hidden=\"true\">/</kbd></form>\n</header>\n"
              "<main>\n<table class=\"members\" aria-labelledby=\"folder\">\n<thead><tr>";
        append_column(to, Order::name, "Name");
        append_column(to, Order::size, "Size");
        append_column(to, Order::time, "Modified <abbr title=\"Coordinated Universal Time\">UTC</abbr>");
        to += "\n<tbody class=\"parent\">";
        if (path_ != "/") to += "<tr><td><a href=\"../\">Parent folder</a><td><td>";
        to += '\n';
    }

    void row(std::string& to, const ListedMember& member) override
    {
        if (rows_++ % rows_a_group == 0) to += "<tbody>\n";
        to += "<tr";
        const Icon icon = member.folder ? Icon::folder : icon_of(member.name);
        if (icon != Icon::file) (to += " class=") += class_of(icon);
        to += "><td><a href=\"";
        append_link(to, member.name);
        to += member.folder ? "/\">" : "\">";
        append_name(to, member.name);
        if (member.folder) to += "/</a><td><td>";
        else {
            to += "</a><td title=\"";
            append_grouped(to, member.size);
            to += " B\">";
            append_size(to, member.size);
            to += "<td>";
        }
        to += "<time datetime=";
        const std::size_t time = to.size();
        append_timestamp(to, member.modified);
        to += '>';
        to.append(to, time, 10) += ' ';              // the day
        to.append(to, time + 11, 5) += "</time>\n";  // and the minute
    }

    void end(std::string& to, const ListingTotals& totals) override
    {
        to += "</table>\n<p class=\"nothing\" role=\"status\">";
        if (rows_ == 0) to += "This folder is empty.";
        to += "</p>\n</main>\n<footer><p class=\"totals\">";
        append_count(to, totals.folders, "folder", "folders");
        to += ", ";
        append_count(to, totals.files, "file", "files");
        if (totals.files != 0) {
            to += ", <span title=\"";
            append_grouped(to, totals.bytes);
            to += " B\">";
            append_size(to, totals.bytes);
            to += "</span>";
        }
        if (totals.omitted != 0) {
            to += "<span class=\"omitted\" title=\"Not a file or a folder, a link that leads nowhere, or a name that "
                  "is not UTF-8\">, ";
            append_grouped(to, totals.omitted);
            to += " not shown</span>";
        }
        to += "</p></footer>\n<script>";
        to += listing_script;
        to += "</script>\n</html>\n";
    }

private:
    // The folders above as links, then the folder's own name.
    void append_heading(std::string& to) const
    {
        std::size_t above = 0;
        for (const char c : path_) above += c == '/' ? 1u : 0u;
        above -= 1;
        std::string_view own = "Home";
        if (above != 0) {
            to += "<nav aria-label=\"Folders above\"><ol class=\"crumbs\">";
            std::string_view rest = std::string_view(path_).substr(1);
            std::string_view name = "Home";
            for (; above != 0; --above) {
                to += "<li><a class=\"crumb\" href=\"";
                for (std::size_t i = 0; i < above; ++i) to += "../";
                to += "\">";
                append_name(to, name);
                to += "</a>";
                const auto end = rest.find('/');
                name = rest.substr(0, end);
                rest.remove_prefix(end + 1);
            }
            to += "</ol></nav>\n";
            own = name;
        }
        to += "<h1 id=\"folder\">";
        append_name(to, own);
        to += "</h1>\n";
    }

    // A column's head: a link that sorts by it, the other way round where it is the order already. What is large and
    // what is new is looked for more often than what is small and old.
    void append_column(std::string& to, Order::By by, std::string_view title) const
    {
        constexpr std::string_view words[] = {"name", "size", "time"};
        const bool current = order_.by == by;
        const bool descending = current ? order_.direction == Order::ascending : by != Order::name;
        to += "\n<th scope=\"col\"";
        if (current)
            to += order_.direction == Order::ascending ? " aria-sort=\"ascending\"" : " aria-sort=\"descending\"";
        (to += "><a href=\"?sort=") += words[by];
        to += descending ? "&amp;order=desc\">" : "&amp;order=asc\">";
        (to += title) += "</a>";
    }

    std::string path_;
    Order order_;
    std::uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<ListingForm> make_page(std::string path, Order order)
{
    return std::make_unique<Page>(std::move(path), order);
}

}  // namespace cais::files

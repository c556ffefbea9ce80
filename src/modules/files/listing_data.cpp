// The forms for programs: JSON, plain text, CSV.
#include "base/text.h"
#include "modules/files/listing_form.h"
#include "modules/files/measure.h"

#include <utility>

namespace cais::files {
namespace {

class Json final : public ListingForm {
public:
    Json(std::string path, MediaTypeOf media_type_of)
        : path_(std::move(path))
        , media_type_of_(media_type_of)
    {
    }

    void begin(std::string& to) override
    {
        to += "{\"path\":";
        base::append_json_string(to, path_);
        to += ",\"entries\":[";
    }

    void row(std::string& to, const ListedMember& member) override
    {
        to += std::exchange(first_, false) ? "\n{\"name\":" : ",\n{\"name\":";
        base::append_json_string(to, member.name);
        to += member.folder ? ",\"type\":\"directory\"" : ",\"type\":\"file\",\"size\":";
        if (!member.folder) base::append_decimal(to, member.size);
        to += ",\"modified\":\"";
        append_timestamp(to, member.modified);
        to += '"';
        const auto type = member.folder || media_type_of_ == nullptr ? std::string_view{} : media_type_of_(member.name);
        if (!type.empty()) {
            to += ",\"media_type\":";
            base::append_json_string(to, type);
        }
        to += '}';
    }

    void end(std::string& to, const ListingTotals& totals) override
    {
        to += "\n],\"folders\":";
        base::append_decimal(to, totals.folders);
        to += ",\"files\":";
        base::append_decimal(to, totals.files);
        to += ",\"bytes\":";
        base::append_decimal(to, totals.bytes);
        to += ",\"omitted\":";
        base::append_decimal(to, totals.omitted);
        to += "}\n";
    }

private:
    std::string path_;
    MediaTypeOf media_type_of_;
    bool first_ = true;
};

class Text final : public ListingForm {
public:
    void begin(std::string&) override {}

    void row(std::string& to, const ListedMember& member) override
    {
        constexpr char hex_digits[] = "0123456789abcdef";
        for (const char c : member.name) {
            const auto octet = static_cast<unsigned char>(c);
            if (octet < 0x20 || octet == 0x7F) ((to += "\\x") += hex_digits[octet >> 4]) += hex_digits[octet & 15];
            else if (c == '\\') to += "\\\\";
            else to += c;
        }
        to += member.folder ? "/\n" : "\n";
    }

    void end(std::string&, const ListingTotals&) override {}
};

class Csv final : public ListingForm {
public:
    explicit Csv(MediaTypeOf media_type_of)
        : media_type_of_(media_type_of)
    {
    }

    void begin(std::string& to) override { to += "name,type,size,modified,media_type\r\n"; }

    void row(std::string& to, const ListedMember& member) override
    {
        append_value(to, member.name);
        to += member.folder ? ",directory," : ",file,";
        if (!member.folder) base::append_decimal(to, member.size);
        to += ',';
        append_timestamp(to, member.modified);
        to += ',';
        if (!member.folder && media_type_of_ != nullptr) append_value(to, media_type_of_(member.name));
        to += "\r\n";
    }

    void end(std::string&, const ListingTotals&) override {}

private:
    // RFC 4180 §2, rules 5 to 7. A value with spaces at its ends is quoted too: some readers take them away.
    static void append_value(std::string& to, std::string_view value)
    {
        const bool plain = value.find_first_of(",\"\r\n") == std::string_view::npos &&
                           (value.empty() || (value.front() != ' ' && value.back() != ' '));
        if (plain) {
            to += value;
            return;
        }
        to += '"';
        for (const char c : value) {
            if (c == '"') to += '"';
            to += c;
        }
        to += '"';
    }

    MediaTypeOf media_type_of_;
};

}  // namespace

std::unique_ptr<ListingForm> make_json(std::string path, MediaTypeOf media_type_of)
{
    return std::make_unique<Json>(std::move(path), media_type_of);
}
std::unique_ptr<ListingForm> make_text() { return std::make_unique<Text>(); }
std::unique_ptr<ListingForm> make_csv(MediaTypeOf media_type_of) { return std::make_unique<Csv>(media_type_of); }

}  // namespace cais::files

#include "config/document.h"

#include "config/file.h"
#include "config/parse.h"

#include <fmt/format.h>
#include <system_error>
#include <utility>

namespace cais::config {

Document::Document(std::string file, std::string text, std::string folder)
    : diagnostics_(std::move(file), std::move(text))
    , folder_(std::move(folder))
{
    root_.kind = Value::Kind::table;
}

std::unique_ptr<Document> Document::read(const std::string& file, std::string_view page)
{
    const auto slash = file.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : slash == 0 ? "/" : file.substr(0, slash);
    auto content = read_file(file, most_octets);
    if (content) return of(file, std::move(content->content), page, folder);
    auto document = std::unique_ptr<Document>(new Document(file, {}, folder));
    document->is_readable_ = false;
    const auto& fault = content.error();
    document->diagnostics_.error({}, fault.number != 0 ? std::generic_category().message(fault.number) : fault.what);
    return document;
}

std::unique_ptr<Document> Document::of(std::string file, std::string text, std::string_view page, std::string folder)
{
    auto document = std::unique_ptr<Document>(new Document(std::move(file), std::move(text), std::move(folder)));
    document->is_readable_ = parse_toml(document->diagnostics_, document->root_);
    document->root_.page = page;
    return document;
}

Table Document::root() { return Table(*this, root_); }

std::string Document::resolve(std::string_view path) const
{
    if (path.starts_with('/') || folder_.empty()) return std::string(path);
    return folder_ == "/" ? fmt::format("/{}", path) : fmt::format("{}/{}", folder_, path);
}

Value& Document::make(Value value) { return made_.emplace_back(std::move(value)); }

void Document::report_unknown()
{
    report_unknown(root_);
    for (auto& value : made_) report_unknown(value);
}

void Document::report_unknown(Value& table)
{
    for (auto& member : table.members) {
        if (!member.is_known && table.is_read) {
            const auto near = nearest(member.key, table.asked);
            std::string hint = near.empty() ? "" : fmt::format("did you mean `{}`?", near);
            // Without a guess: what there is, where that is no long list.
            if (near.empty() && !table.asked.empty() && table.asked.size() <= 8) {
                hint = "there is";
                for (std::size_t i = 0; i < table.asked.size(); ++i)
                    hint += fmt::format("{} `{}`",
                                        i == 0                        ? ""
                                        : i + 1 == table.asked.size() ? " and"
                                                                      : ",",
                                        table.asked[i]);
            }
            diagnostics_.add({Severity::error, member.where_key,
                              fmt::format("unknown key `{}`{}", member.key,
                                          table.name.empty() ? "" : fmt::format(" in `{}`", table.name)),
                              std::move(hint), table.page});
            continue;
        }
        report_unknown(member);
        for (auto& item : member.items) report_unknown(item);
    }
}

}  // namespace cais::config

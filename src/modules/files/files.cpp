#include "modules/files/files.h"

#include "http/conditional.h"
#include "http/multipart_body.h"
#include "http/negotiation.h"
#include "http/problem_response.h"
#include "http/ranges.h"
#include "modules/files/catalogue.h"
#include "modules/files/coded.h"
#include "modules/files/listing_body.h"
#include "modules/files/path.h"
#include "uri/percent.h"

#include <atomic>

#include <fcntl.h>

namespace cais::files {
namespace {

using http::ContentCoding;
using http::Method;
using http::Name;
using http::Request;
using http::Response;
using http::Status;

constexpr std::string_view allowed = "GET, HEAD, OPTIONS";
constexpr std::uint64_t least_coded = 512;         // smaller content gains nothing
constexpr std::uint64_t coded_whole = 512 * 1024;  // up to here a coding ends before the head is sent, for its length

// One form of one page: what answers a request.
struct Choice {
    base::Shared<Page> page;
    Alternative* alternative = nullptr;
    Form* form = nullptr;
    ContentCoding on_the_fly = ContentCoding::identity;
};

bool is_conditional(const http::Fields& fields)
{
    return fields.has(Name::if_none_match) || fields.has(Name::if_match) || fields.has(Name::if_modified_since) ||
           fields.has(Name::if_unmodified_since);
}

bool may_code(const http::KnownType& type, std::uint64_t size) { return type.compressible && size >= least_coded; }

// Languages by Accept-Language; the first alternative (the page itself, where it is there) is the default.
Alternative& choose_language(const Request& request, Page& page)
{
    if (page.alternatives.size() == 1 || !request.fields.has(Name::accept_language)) return page.alternatives.front();
    std::array<std::string_view, 32> tags;
    std::size_t count = 0;
    for (const auto& alternative : page.alternatives)
        if (count < tags.size()) tags[count++] = alternative.language;
    const http::AcceptLanguage accept(request.fields.all(Name::accept_language));
    const auto chosen = accept.choose({tags.data(), count});
    return page.alternatives[chosen ? *chosen : 0];
}

// What lies there coded costs nothing and is preferred to what we would code; among equals the smaller first.
ContentCoding choose_coding(const Request& request, const Alternative& alternative)
{
    if (!request.fields.has(Name::accept_encoding)) return ContentCoding::identity;
    const http::EncodingPreferences preferences(request.fields.all(Name::accept_encoding));
    std::array<ContentCoding, 6> available;
    std::size_t count = 0;
    constexpr std::array there = {ContentCoding::brotli, ContentCoding::zstd, ContentCoding::gzip};
    constexpr std::array made = {ContentCoding::zstd, ContentCoding::brotli, ContentCoding::gzip};
    const auto has = [&](ContentCoding coding) {
        return !alternative.forms[static_cast<std::size_t>(coding)].name.empty();
    };
    for (const auto coding : there)
        if (has(coding)) available[count++] = coding;
    if (alternative.type->compressible) {
        for (const auto coding : made)
            if (!has(coding)) available[count++] = coding;
    }
    return preferences.choose({available.data(), count});
}

class FilesHandler final : public http::Handler {
public:
    FilesHandler(const Config& config, Root root)
        : config_(config)
        , root_(std::move(root))
        , catalogue_(root_, {})
    {
    }

    io::Task<Response> handle(Request& request) override;
    void tend() override
    {
        catalogue_.tend();
        coded_.tend();
    }

private:
    [[nodiscard]] io::Task<Response> answer_cold(Request& request, std::string path, bool is_fallback);
    [[nodiscard]] io::Task<Response> answer_page(Request& request, base::Shared<Page> page);
    [[nodiscard]] io::Task<Response> answer_coded(Request& request, const Page& page,
                                                  base::Shared<const Representation> representation,
                                                  ContentCoding coding);
    [[nodiscard]] Response answer(Request& request, const Page& page,
                                  const base::Shared<const Representation>& representation);
    [[nodiscard]] Response answer_ranges(Request& request, const base::Shared<const Representation>& representation,
                                         const http::Selection& selection, Response response);
    [[nodiscard]] Response list(Request& request, io::Descriptor directory);
    [[nodiscard]] Response not_found(Request& request);
    [[nodiscard]] Response failed(Request& request, const Error& error);
    [[nodiscard]] bool varies_by_coding(const Page& page) const;
    void add_vary(Response& response, const Page& page) const;

    Config config_;
    Root root_;
    Catalogue catalogue_;
    CodedCache coded_;
};

io::Task<Response> FilesHandler::handle(Request& request)
{
    if (request.method != Method::get && request.method != Method::head) [[unlikely]] {
        if (request.method == Method::options) {
            Response response(request, Status::no_content);
            response.fields.add(Name::allow, allowed);
            co_return response;
        }
        Response response = http::problem_response(request, Status::method_not_allowed,
                                                   "Files can be read here, not changed.", "RFC 9110 §15.5.6");
        response.fields.add(Name::allow, allowed);
        co_return response;
    }
    const std::string_view path = below_root(request.target.path);
    // The hot path: a page that is known, as is, in this turn.
    if (auto page = catalogue_.known(path)) {
        Alternative& alternative = choose_language(request, *page);
        const bool wants_coding =
            request.fields.has(Name::accept_encoding) && (alternative.has_codings || alternative.type->compressible);
        if (!wants_coding) {
            if (catalogue_.known(*page, alternative.forms[0]) != nullptr)
                co_return answer(request, *page, alternative.forms[0].loaded);
        }
        auto response = co_await answer_page(request, std::move(page));
        co_return response;
    }
    if (!is_visible_path(request.target.path)) co_return not_found(request);
    auto response = co_await answer_cold(request, std::string(path), false);
    co_return response;
}

// What is not known yet, or is no page.
io::Task<Response> FilesHandler::answer_cold(Request& request, std::string path, bool is_fallback)
{
    const bool is_folder_path = path.empty() || path.ends_with('/');
    std::string name = is_folder_path ? path + "index.html" : path;
    if (is_folder_path) {
        // The folder itself first: "/file.html/" must not find a file.
        if (auto page = catalogue_.known(name)) {
            auto response = co_await answer_page(request, std::move(page));
            co_return response;
        }
    }
    auto found = co_await catalogue_.find(name);
    if (found && found->page) {
        auto response = co_await answer_page(request, std::move(found->page));
        co_return response;
    }
    if (found && !is_folder_path) {
        // A directory without its slash: relative links in it would lead elsewhere. The path is written anew from its
        // decoded form, so that "/\host" or "//host" can never lead to another site.
        std::string location;
        uri::append_percent_encoded(location, request.target.path, uri::path);
        location += '/';
        if (request.target.has_query) (location += '?') += request.target.query;
        Response response = http::problem_response(request, Status::moved_permanently,
                                                   "This is a folder; its address ends with a slash.");
        response.fields.add(Name::location, request.arena().copy(location));
        co_return response;
    }
    const Error error = found ? Error{Error::not_found, ENOENT, "", ""} : found.error();
    if (error.kind != Error::not_found && error.kind != Error::denied) co_return failed(request, error);
    // A folder without index.html.
    if (is_folder_path && config_.listing && !is_fallback) {
        const std::string folder = path.empty() ? "." : path;
        auto opened = co_await catalogue_.read({folder, &http::unknown_type, ContentCoding::identity, {}});
        if (opened && opened->directory) co_return list(request, std::move(opened->directory));
        if (!opened && opened.error().kind == Error::exhausted) co_return failed(request, opened.error());
    }
    if (config_.spa && !is_fallback && wants_fallback(request)) {
        auto response = co_await answer_cold(request, "index.html", true);
        co_return response;
    }
    co_return error.kind == Error::denied&& error.number == EACCES ? failed(request, error) : not_found(request);
}

io::Task<Response> FilesHandler::answer_page(Request& request, base::Shared<Page> page)
{
    Alternative& alternative = choose_language(request, *page);
    // A range is of the representation as it lies there: coded ones are not cut.
    ContentCoding coding =
        request.fields.has(Name::range) ? ContentCoding::identity : choose_coding(request, alternative);
    Form* form = &alternative.forms[static_cast<std::size_t>(coding)];
    if (form->name.empty()) form = &alternative.forms[0];

    base::Shared<const Representation> representation;
    if (catalogue_.known(*page, *form) != nullptr) {
        representation = form->loaded;
    } else {
        auto loaded = co_await catalogue_.load(page, alternative, *form);
        if (!loaded) {
            if (loaded.error().kind == Error::not_found) co_return not_found(request);
            co_return failed(request, loaded.error());
        }
        representation = std::move(*loaded);
    }
    const bool is_made = coding != ContentCoding::identity && representation->coding() == ContentCoding::identity;
    if (is_made && may_code(representation->type(), representation->size())) {
        auto response = co_await answer_coded(request, *page, std::move(representation), coding);
        co_return response;
    }
    co_return answer(request, *page, representation);
}

// A representation as it lies there.
Response FilesHandler::answer(Request& request, const Page& page,
                              const base::Shared<const Representation>& representation)
{
    const auto& fields = request.fields;
    if (is_conditional(fields)) {
        const auto holds = http::evaluate(request.method, fields, representation->validators());
        if (!holds)
            return http::problem_response(request, Status::bad_request, holds.error().what, holds.error().source);
        if (*holds == http::Precondition::failed)
            return http::problem_response(request, Status::precondition_failed,
                                          "The file is not what If-Match or If-Unmodified-Since asked for.",
                                          "RFC 9110 §13.2.2");
        if (*holds == http::Precondition::not_modified) {
            // What a 200 would have said of caching, and no more (RFC 9110 §15.4.5).
            Response response(request, Status::not_modified);
            response.fields.add(Name::etag, response.fields.copy(representation->tag_text()));
            response.fields.add(Name::cache_control, "no-cache");
            add_vary(response, page);
            return response;
        }
    }
    Response response(request, Status::ok);
    for (const auto& line : representation->fields()) response.fields.add(line);
    add_vary(response, page);
    if (fields.has(Name::range)) {
        const auto now = std::chrono::floor<std::chrono::seconds>(io::Loop::current()->wall_now());
        const auto selection =
            http::select_ranges(request.method, fields, representation->validators(), representation->size(), now);
        if (selection.kind() != http::Selection::whole)
            return answer_ranges(request, representation, selection, std::move(response));
    }
    response.body = representation->body();
    // The fields are views of the representation: small content keeps it by its owner, a file's slice does not.
    if (representation->file()) request.keep(representation);
    return response;
}

Response FilesHandler::answer_ranges(Request& request, const base::Shared<const Representation>& representation,
                                     const http::Selection& selection, Response response)
{
    base::Arena& arena = request.arena();
    const std::uint64_t size = representation->size();
    if (selection.kind() == http::Selection::unsatisfiable) {
        Response refused = http::problem_response(request, Status::range_not_satisfiable,
                                                  "The file is shorter than the range begins.", "RFC 9110 §14.4");
        refused.fields.add(Name::content_range, http::unsatisfied_range(size, arena));
        return refused;
    }
    request.keep(representation);
    response.status = Status::partial_content;
    if (selection.ranges().size() == 1) {
        const auto range = selection.ranges().front();
        response.fields.add(Name::content_range, http::content_range(range, size, arena));
        response.body = representation->body(range.first, range.length);
        return response;
    }
    // A boundary that the content does not hold, nor anybody can guess well enough to forge a part.
    static std::atomic<std::uint64_t> counter{static_cast<std::uint64_t>(base::wall_now().time_since_epoch().count())};
    const http::FileIdentity salted{counter.fetch_add(0x9E3779B97F4A7C15ull), representation->identity().inode, size,
                                    representation->identity().changed, static_cast<std::int64_t>(counter.load())};
    const std::string_view boundary = arena.join("cais-", opaque_tag(salted));
    const http::Multipart multipart{boundary, representation->type().type, size, selection.ranges()};
    response.fields.set(Name::content_type, multipart.media_type(arena));
    response.body = http::Body(http::make_multipart_body(
        multipart, selection,
        [representation](std::uint64_t first, std::uint64_t length) { return representation->body(first, length); },
        arena));
    return response;
}

// A representation in a coding that we make.
io::Task<Response> FilesHandler::answer_coded(Request& request, const Page& page,
                                              base::Shared<const Representation> representation, ContentCoding coding)
{
    base::Arena& arena = request.arena();
    const auto as_is = representation->validators();
    http::Validators coded = as_is;
    coded.tag = http::EntityTag{arena.join(as_is.tag->opaque, "-", http::text_of(coding)), as_is.tag->weak};
    const std::string_view tag = http::text_of(*coded.tag, arena);
    if (is_conditional(request.fields)) {
        const auto holds = http::evaluate(request.method, request.fields, coded);
        if (!holds)
            co_return http::problem_response(request, Status::bad_request, holds.error().what, holds.error().source);
        if (*holds == http::Precondition::failed)
            co_return http::problem_response(request, Status::precondition_failed,
                                             "The file is not what If-Match or If-Unmodified-Since asked for.",
                                             "RFC 9110 §13.2.2");
        if (*holds == http::Precondition::not_modified) {
            Response response(request, Status::not_modified);
            response.fields.add(Name::etag, tag);
            response.fields.add(Name::cache_control, "no-cache");
            add_vary(response, page);
            co_return response;
        }
    }
    auto run = coded_.run(representation, coding);
    // The second who asks for it is the first of many.
    if (run->has_ended() && !run->file()) coded_.settle(run);
    // So much is done in a moment: the head can say its length.
    if (!run->has_ended() && representation->size() <= coded_whole && request.method != Method::head) {
        for (std::size_t i = 0; !run->has_ended(); ++i) {
            auto piece = co_await CodedRun::piece(run, i);
            if (!piece || *piece == nullptr) break;
            if (!representation->may_be_kept()) break;  // a run that keeps nothing has one reader
        }
    }
    if (run->has_failed()) co_return failed(request, Error{Error::failed, 0, "code the content", ""});
    Response response(request, Status::ok);
    for (const auto& line : representation->fields()) {
        if (line.known == Name::etag) response.fields.add(Name::etag, tag);
        else if (line.known != Name::accept_ranges) response.fields.add(line);
    }
    response.fields.add(Name::content_encoding, http::text_of(coding));
    add_vary(response, page);
    response.body = body_of(run);
    request.keep(std::move(representation));
    co_return response;
}

Response FilesHandler::list(Request& request, io::Descriptor directory)
{
    constexpr std::array<std::string_view, 4> types = {"text/html", "application/json", "text/plain", "text/csv"};
    constexpr std::array formats = {Format::html, Format::json, Format::text, Format::csv};
    Format format = Format::html;
    if (request.fields.has(Name::accept)) {
        const http::Accept accept(request.fields.all(Name::accept));
        const auto chosen = accept.choose(types);
        if (!chosen)
            return http::problem_response(request, Status::not_acceptable,
                                          "A folder is shown as text/html, application/json, text/plain or text/csv.",
                                          "RFC 9110 §15.5.7");
        format = formats[*chosen];
    }
    ListingOptions options;
    options.format = format;
    options.order = order_of_query(request.target.query);
    options.path = std::string(request.target.path);
    options.media_type_of = [](std::string_view name) -> std::string_view {
        const auto& type = http::type_of_file(name);
        return &type == &http::unknown_type ? std::string_view{} : type.type;
    };
    // Links as the server follows them. Called on the pool, where waiting is allowed.
    std::string folder(below_root(request.target.path));
    options.open_link = [root = &root_, folder = std::move(folder)](const char* name) {
        return root->look((folder + name).c_str());
    };
    Response response(request, Status::ok, http::Body(make_listing_body(std::move(directory), std::move(options))));
    response.fields.add(Name::content_type, content_type(format));
    response.fields.add(Name::cache_control, "no-cache");
    response.fields.add(Name::x_content_type_options, "nosniff");
    if (format == Format::html) response.fields.add(Name::content_security_policy, listing_csp());
    response.fields.add(Name::vary, "Accept");
    return response;
}

Response FilesHandler::not_found(Request& request)
{
    return http::problem_response(request, Status::not_found, "There is nothing at this address.");
}

Response FilesHandler::failed(Request& request, const Error& error)
{
    switch (error.kind) {
    case Error::denied: return http::problem_response(request, Status::forbidden, "The server may not read this file.");
    case Error::exhausted:
    case Error::timed_out: {
        Response response = http::problem_response(request, Status::service_unavailable,
                                                   "The server is too busy to read this file now.");
        response.fields.add(Name::retry_after, "5");
        return response;
    }
    case Error::too_large:
        return http::problem_response(request, Status::not_found, "There is nothing at this address.");
    default:
        return http::problem_response(request, Status::internal_server_error, "The server could not read this file.");
    }
}

bool FilesHandler::varies_by_coding(const Page& page) const
{
    return page.varies_by_coding || page.alternatives.front().type->compressible;
}

void FilesHandler::add_vary(Response& response, const Page& page) const
{
    const bool coding = varies_by_coding(page);
    if (coding && page.varies_by_language) response.fields.add(Name::vary, "Accept-Encoding, Accept-Language");
    else if (coding) response.fields.add(Name::vary, "Accept-Encoding");
    else if (page.varies_by_language) response.fields.add(Name::vary, "Accept-Language");
}

}  // namespace

Result<std::unique_ptr<http::Handler>> make_files(const Config& config)
{
    auto root = Root::open(config.root);
    if (!root) return std::unexpected(root.error());
    return std::make_unique<FilesHandler>(config, std::move(*root));
}

}  // namespace cais::files

#include "modules/files/files.h"

#include "http/conditional.h"
#include "http/list.h"
#include "http/multipart_body.h"
#include "http/negotiation.h"
#include "http/problem_response.h"
#include "http/ranges.h"
#include "modules/files/catalogue.h"
#include "modules/files/choice.h"
#include "modules/files/coded.h"
#include "modules/files/listing_body.h"
#include "modules/files/path.h"
#include "uri/percent.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>

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
constexpr unsigned most_listings = 64;             // at once; each holds a descriptor and up to 0.75 MiB

bool is_conditional(const http::Fields& fields)
{
    return fields.has(Name::if_none_match) || fields.has(Name::if_match) || fields.has(Name::if_modified_since) ||
           fields.has(Name::if_unmodified_since);
}

// As if nothing were there: nothing is, or nothing that the server would follow a link to, or no name is that long.
bool is_absence(const Error& error)
{
    return error.kind == Error::not_found || error.kind == Error::too_large ||
           (error.kind == Error::denied && error.number != EACCES);
}

// Where Accept decided that there is something at all (RFC 9110 §12.5.5).
void add_vary_of_fallback(const Request& request, Response& response)
{
    if (!fallback_varies_by_accept(request.target.path)) return;
    const auto names = response.fields.all(Name::vary);
    if (!names) response.fields.add(Name::vary, "Accept");
    else if (!http::has_member(names, "Accept"))
        response.fields.set(Name::vary, request.arena().join(names.front(), ", Accept"));
}

// Another body, as long as the file that it is made of does not change: a change is noticed before the last piece.
class WhileUnchanged final : public http::Body::Source {
public:
    WhileUnchanged(std::unique_ptr<http::Body::Source> inner, base::Shared<const http::OpenFile> file)
        : inner_(std::move(inner))
        , file_(std::move(file))
    {
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return inner_->length(); }
    io::Task<Result<http::Chunk>> read() override
    {
        auto chunk = co_await inner_->read();
        if (chunk && !file_->is_unchanged()) co_return fail(Error::ended, "the file changed while it was sent");
        co_return chunk;
    }

private:
    std::unique_ptr<http::Body::Source> inner_;
    base::Shared<const http::OpenFile> file_;
};

// Content that is not made, since the answer to HEAD has none; its length is not known.
class Unmade final : public http::Body::Source {
public:
    io::Task<Result<http::Chunk>> read() override { co_return http::Chunk::end(); }
};

class FilesHandler final : public http::Handler {
public:
    // `descriptors`: how many may be kept open, of files and again of results.
    FilesHandler(const Config& config, std::string file, Root root, std::size_t descriptors)
        : config_(config)
        , file_(std::move(file))
        , root_(std::move(root))
        , catalogue_(root_, {.open_files = descriptors})
        , coded_(descriptors)
    {
    }

    [[clang::coro_wrapper]] io::Task<Response> handle(Request& request) override;
    void tend() override
    {
        root_.follow();
        catalogue_.tend();
        coded_.tend();
    }

private:
    [[nodiscard]] io::Task<Response> answer_method(Request& request);
    [[nodiscard]] io::Task<Response> answer_absent(Request& request);
    [[nodiscard, gnu::noinline]] io::Task<Response> answer_without_slash(Request& request);
    [[nodiscard]] io::Task<Response> answer_known(Request& request, base::Shared<Page> page,
                                                  base::Shared<const Representation> representation);
    [[nodiscard]] io::Task<Response> answer_cold(Request& request, std::string path, bool is_fallback);
    [[nodiscard]] io::Task<Response> answer_page(Request& request, base::Shared<Page> page);
    [[nodiscard]] io::Task<Result<Response>> answer_coded(Request& request, const Page& page,
                                                          base::Shared<const Representation> representation,
                                                          ContentCoding coding);
    [[nodiscard]] Response answer(Request& request, const Page& page,
                                  const base::Shared<const Representation>& representation);
    [[nodiscard]] Response answer_ranges(Request& request, const base::Shared<const Representation>& representation,
                                         const http::Selection& selection, Response response);
    [[nodiscard]] std::optional<Response> answer_precondition(Request& request, const http::Validators& validators,
                                                              std::string_view vary);
    [[nodiscard]] io::Task<Response> answer_folder(Request& request, std::string path);
    [[nodiscard]] Response list(Request& request, io::Descriptor directory, Format format, Places::Place place);
    [[nodiscard]] Response failed(Request& request, const Error& error);
    [[nodiscard]] bool varies_by_coding(const Page& page) const;
    [[nodiscard]] std::string_view vary_of(const Page& page) const;
    void add_vary(Response& response, const Page& page) const;

    Config config_;
    std::string file_;  // the one that is served; empty: what lies below the root
    Root root_;
    Catalogue catalogue_;
    CodedCache coded_;
    Places listings_{most_listings};
};

// No coroutine of its own: the hot path pays for one, and the smallest.
io::Task<Response> FilesHandler::handle(Request& request)
{
    if (request.method != Method::get && request.method != Method::head) [[unlikely]]
        return answer_method(request);
    std::string_view path = file_.empty() ? request.rest() : std::string_view(file_);
    if (path.empty() && request.lacks_slash()) [[unlikely]]
        return answer_without_slash(request);
    if (path.empty() || path.ends_with('/')) path = request.arena().join(path, "index.html");
    // The hot path: a page that is known, as is, in this turn. Who names neither codings nor languages gets the page
    // itself, and only Vary tells of the forms beside it: so their folder is not looked at each turn.
    if (!request.fields.has(Name::accept_encoding) && !request.fields.has(Name::accept_language)) {
        if (auto page = catalogue_.known_itself(path))
            if (Form& form = page->alternatives.front().forms[0]; catalogue_.known(*page, form) != nullptr)
                return answer_known(request, std::move(page), form.loaded);
    }
    if (auto page = catalogue_.known(path)) {
        Alternative& alternative = choose_language(request, *page);
        const bool wants_coding =
            request.fields.has(Name::accept_encoding) && (alternative.has_codings || alternative.type->compressible);
        if (!wants_coding && catalogue_.known(*page, alternative.forms[0]) != nullptr)
            return answer_known(request, std::move(page), alternative.forms[0].loaded);
        return answer_page(request, std::move(page));
    }
    if (file_.empty() && !is_visible_path(request.rest())) return answer_absent(request);
    return answer_cold(request, std::string(path), false);
}

io::Task<Response> FilesHandler::answer_known(Request& request, base::Shared<Page> page,
                                              base::Shared<const Representation> representation)
{
    co_return answer(request, *page, representation);
}

io::Task<Response> FilesHandler::answer_absent(Request& request)
{
    co_return failed(request, Error{Error::not_found, 0, "", ""});
}

io::Task<Response> FilesHandler::answer_method(Request& request)
{
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

// A folder without its slash: relative links in it would lead elsewhere. The path is written anew from its decoded
// form, so that "/\host" or "//host" can never lead to another site.
io::Task<Response> FilesHandler::answer_without_slash(Request& request)
{
    std::string location;
    uri::append_percent_encoded(location, request.public_path(), uri::path);
    location += '/';
    if (request.target.has_query) uri::append_query(location += '?', request.target.query);
    Response response =
        http::problem_response(request, Status::moved_permanently, "This is a folder; its address ends with a slash.");
    response.fields.add(Name::location, request.arena().copy(location));
    response.fields.add(Name::cache_control, "no-cache");
    co_return response;
}

// What is not known yet, or is no page. `is_fallback`: it is not what was asked for.
io::Task<Response> FilesHandler::answer_cold(Request& request, std::string path, bool is_fallback)
{
    root_.follow();
    auto found = co_await catalogue_.find(path);
    if (found && found->page) {
        auto response = co_await answer_page(request, std::move(found->page));
        co_return response;
    }
    const std::string_view asked = request.public_path();
    const bool is_folder_path = request.target.path.ends_with('/');
    if (found && !is_folder_path && !is_fallback && !asked.ends_with('/')) {
        auto response = co_await answer_without_slash(request);
        co_return response;
    }
    // A directory of the name index.html is none.
    Error error = found ? Error{Error::not_found, ENOENT, "", ""} : found.error();
    if (is_fallback || !is_absence(error)) co_return failed(request, error);

    if (is_folder_path && config_.listing) {
        const std::string_view folder = request.rest();
        auto response = co_await answer_folder(request, folder.empty() ? "." : std::string(folder));
        if (response.status != Status::not_found) co_return response;
    }
    if (config_.spa && wants_fallback(request)) {
        if (auto page = catalogue_.known("index.html")) {
            auto response = co_await answer_page(request, std::move(page));
            add_vary_of_fallback(request, response);
            co_return response;
        }
        auto response = co_await answer_cold(request, "index.html", true);
        add_vary_of_fallback(request, response);
        co_return response;
    }
    co_return failed(request, error);
}

io::Task<Response> FilesHandler::answer_page(Request& request, base::Shared<Page> page)
{
    Alternative* alternative = &choose_language(request, *page);
    // A range is of the representation as it lies there: coded ones are not cut. Only GET has ranges (RFC 9110 §14.2).
    const bool wants_range = request.method == Method::get && request.fields.has(Name::range);
    const CodingChoice choice = wants_range ? CodingChoice{} : choose_coding(request, *alternative);
    Form* form = &alternative->forms[static_cast<std::size_t>(choice.coding)];
    if (form->name.empty()) form = &alternative->forms[0];

    for (int changes = 0;;) {
        base::Shared<const Representation> representation;
        if (catalogue_.known(*page, *form) != nullptr) {
            representation = form->loaded;
        } else {
            auto loaded = co_await catalogue_.load(page, *alternative, *form);
            if (!loaded) {
                // A form that cannot be read does not hide those that can: the same uncoded, then the page itself.
                const bool is_coded = form != &alternative->forms[0];
                const bool is_last = !is_coded && alternative == &page->alternatives.front();
                const bool may_be_passed_over = is_absence(loaded.error()) || loaded.error().kind == Error::denied;
                if (is_last || !may_be_passed_over) co_return failed(request, loaded.error());
                if (!is_coded) alternative = &page->alternatives.front();
                form = &alternative->forms[0];
                continue;
            }
            representation = std::move(*loaded);
        }
        const bool is_made = choice.coding != ContentCoding::identity &&
                             representation->coding() == ContentCoding::identity && representation->type().compressible;
        if (!is_made || (representation->size() < least_coded && !choice.is_needed))
            co_return answer(request, *page, representation);
        auto coded = co_await answer_coded(request, *page, std::move(representation), choice.coding);
        if (coded) co_return std::move(*coded);
        // It changed while it was coded: what it is now can still be said.
        if (coded.error().kind != Error::ended) co_return failed(request, coded.error());
        if (++changes == 3) co_return failed(request, Error{Error::busy, 0, "the file changes all the time", ""});
    }
}

// 304, 412, or 400; nothing where the request goes on.
std::optional<Response> FilesHandler::answer_precondition(Request& request, const http::Validators& validators,
                                                          std::string_view vary)
{
    const auto holds = http::evaluate(request.method, request.fields, validators);
    if (!holds) return http::problem_response(request, Status::bad_request, holds.error().what, holds.error().source);
    if (*holds == http::Precondition::holds) return std::nullopt;
    if (*holds == http::Precondition::failed)
        return http::problem_response(request, Status::precondition_failed,
                                      "What is here is not what If-Match or If-Unmodified-Since asked for.",
                                      "RFC 9110 §13.2.2");
    // What a 200 would have said of caching, and no more (RFC 9110 §15.4.5).
    Response response(request, Status::not_modified);
    if (validators.tag) response.fields.add(Name::etag, http::text_of(*validators.tag, request.arena()));
    response.fields.add(Name::cache_control, "no-cache");
    if (!vary.empty()) response.fields.add(Name::vary, vary);
    return response;
}

// A representation as it lies there.
Response FilesHandler::answer(Request& request, const Page& page,
                              const base::Shared<const Representation>& representation)
{
    const auto& fields = request.fields;
    if (is_conditional(fields))
        if (auto answered = answer_precondition(request, representation->validators(), vary_of(page)))
            return std::move(*answered);
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
    // Not done: to leave out, where If-Range held, what the client knows from its first answer (RFC 9110 §15.3.7):
    // players of media want Content-Type in each.
    response.status = Status::partial_content;
    if (selection.ranges().size() == 1) {
        const auto range = selection.ranges().front();
        response.fields.add(Name::content_range, http::content_range(range, size, arena));
        response.body = representation->body(range.first, range.length);
        return response;
    }
    // A boundary that the content does not hold, nor anybody can guess well enough to forge a part.
    static std::atomic<std::uint64_t> counter{static_cast<std::uint64_t>(base::wall_now().time_since_epoch().count())};
    const http::FileIdentity salted{
        .inode = representation->identity().inode,
        .size = size,
        .modified = static_cast<std::int64_t>(counter.fetch_add(0x9E3779B97F4A7C15ull)),
        .changed = representation->identity().changed,
    };
    const std::string_view boundary = arena.join("cais-", opaque_tag(salted));
    const http::Multipart multipart{boundary, representation->type().type, size, selection.ranges()};
    response.fields.set(Name::content_type, multipart.media_type(arena));
    auto parts = http::make_multipart_body(
        multipart, selection,
        [representation](std::uint64_t first, std::uint64_t length) { return representation->body(first, length); },
        arena);
    if (representation->file()) parts = std::make_unique<WhileUnchanged>(std::move(parts), representation->file());
    response.body = http::Body(std::move(parts));
    return response;
}

// A representation in a coding that we make; as it lies there, where there is no room for another coding now.
// Errors    ended: the file is not any more what `representation` was. exhausted, timed_out, ….
io::Task<Result<Response>> FilesHandler::answer_coded(Request& request, const Page& page,
                                                      base::Shared<const Representation> representation,
                                                      ContentCoding coding)
{
    base::Arena& arena = request.arena();
    http::Validators coded = representation->validators();
    coded.tag = http::EntityTag{arena.join(coded.tag->opaque, "-", http::text_of(coding)), coded.tag->weak};
    if (is_conditional(request.fields))
        if (auto answered = answer_precondition(request, coded, vary_of(page))) co_return std::move(*answered);

    // HEAD says what GET would, but for the length of what takes long to make (RFC 9110 §9.3.2).
    const bool is_made_here = representation->size() <= coded_whole;
    const bool is_unmade = request.method == Method::head && !is_made_here;
    auto run = is_unmade ? coded_.known(*representation, coding) : coded_.run(representation, coding);
    if (!run && !is_unmade) co_return answer(request, page, representation);
    // So much is done in a moment: the head can say its length.
    if (run && is_made_here) {
        for (std::size_t i = 0; !run->has_ended(); ++i) {
            auto piece = co_await CodedRun::piece(run, i);
            if (!piece && !run->fault()) co_return std::unexpected(piece.error());
            if (run->keeps() == CodedRun::Keeps::no) break;  // it has one reader: the body
        }
    }
    if (run && run->fault()) co_return std::unexpected(*run->fault());

    Response response(request, Status::ok);
    for (const auto& line : representation->fields()) {
        if (line.known == Name::etag) response.fields.add(Name::etag, http::text_of(*coded.tag, arena));
        else if (line.known != Name::accept_ranges) response.fields.add(line);
    }
    response.fields.add(Name::content_encoding, http::text_of(coding));
    add_vary(response, page);
    response.body = run ? body_of(run) : http::Body(std::unique_ptr<http::Body::Source>(std::make_unique<Unmade>()));
    // A result in a file stays counted as long as it is sent.
    if (run && run->file()) request.keep(std::move(run));
    request.keep(std::move(representation));
    co_return response;
}

// A folder without index.html.
io::Task<Response> FilesHandler::answer_folder(Request& request, std::string path)
{
    constexpr std::array<std::string_view, 4> types = {"text/html", "application/json", "text/plain", "text/csv"};
    constexpr std::array formats = {Format::html, Format::json, Format::text, Format::csv};
    auto place = listings_.take();
    if (!place) co_return failed(request, Error{Error::exhausted, 0, "too many folders are being listed", ""});
    auto opened = co_await catalogue_.read({std::move(path), &http::unknown_type, ContentCoding::identity, {}});
    if (!opened) co_return failed(request, opened.error());
    if (!opened->directory) co_return failed(request, Error{Error::not_found, 0, "", ""});
    Format format = Format::html;
    if (request.fields.has(Name::accept)) {
        const http::Accept accept(request.fields.all(Name::accept));
        const auto chosen = accept.choose(types);
        if (!chosen) {
            Response response = http::problem_response(
                request, Status::not_acceptable,
                "A folder is shown as text/html, application/json, text/plain or text/csv.", "RFC 9110 §15.5.7");
            co_return response;
        }
        format = formats[*chosen];
    }
    // It has no validators, but it is there: a condition on that can fail (RFC 9110 §13.1.1, §13.1.2).
    if (is_conditional(request.fields))
        if (auto answered = answer_precondition(request, {.exists = true}, "Accept")) co_return std::move(*answered);
    co_return list(request, std::move(opened->directory), format, std::move(place));
}

Response FilesHandler::list(Request& request, io::Descriptor directory, Format format, Places::Place place)
{
    ListingOptions options;
    options.format = format;
    options.order = order_of_query(request.target.query);
    options.path = std::string(request.public_path());
    options.media_type_of = [](std::string_view name) -> std::string_view {
        const auto& type = http::type_of_file(name);
        return &type == &http::unknown_type ? std::string_view{} : type.type;
    };
    // Links as the server follows them. Called on the pool, where waiting is allowed.
    std::string folder(request.rest());
    options.open_link = [root = root_, folder = std::move(folder)](const char* name) {
        return root.look((folder + name).c_str());
    };
    Response response(request, Status::ok,
                      http::Body(make_listing_body(std::move(directory), std::move(options), std::move(place))));
    response.fields.add(Name::content_type, content_type(format));
    response.fields.add(Name::cache_control, "no-cache");
    response.fields.add(Name::x_content_type_options, "nosniff");
    if (format == Format::html) response.fields.add(Name::content_security_policy, listing_csp());
    response.fields.add(Name::vary, "Accept");
    return response;
}

Response FilesHandler::failed(Request& request, const Error& error)
{
    if (is_absence(error)) {
        Response response = http::problem_response(request, Status::not_found, "There is nothing at this address.");
        // What is not there may come: no cache is to guess when (RFC 9111 §4.2.2).
        response.fields.add(Name::cache_control, "no-cache");
        return response;
    }
    switch (error.kind) {
    case Error::denied: return http::problem_response(request, Status::forbidden, "The server may not read this file.");
    case Error::busy:
    case Error::exhausted:
    case Error::timed_out: {
        Response response = http::problem_response(request, Status::service_unavailable,
                                                   "The server is too busy to read this file now.");
        response.fields.add(Name::retry_after, "5");
        return response;
    }
    default:
        return http::problem_response(request, Status::internal_server_error, "The server could not read this file.");
    }
}

bool FilesHandler::varies_by_coding(const Page& page) const
{
    return page.varies_by_coding || page.alternatives.front().type->compressible;
}

std::string_view FilesHandler::vary_of(const Page& page) const
{
    const bool coding = varies_by_coding(page);
    if (coding && page.varies_by_language) return "Accept-Encoding, Accept-Language";
    if (coding) return "Accept-Encoding";
    return page.varies_by_language ? "Accept-Language" : "";
}

void FilesHandler::add_vary(Response& response, const Page& page) const
{
    if (const auto vary = vary_of(page); !vary.empty()) response.fields.add(Name::vary, vary);
}

// How many descriptors one loop may keep for speed alone, of files and again of results: an eighth of what the process
// may have, for all its loops.
std::size_t descriptors_to_keep()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 8;
    const std::uint64_t loops = std::max(1u, std::thread::hardware_concurrency());
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(limit.rlim_cur / 16 / loops, 8, 128));
}

}  // namespace

Result<std::unique_ptr<http::Handler>> make_files(const Config& config)
{
    std::string folder = config.root;
    std::string file;
    struct stat status{};
    if (::stat(folder.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
        const std::size_t slash = folder.rfind('/');  // none: it is in the current directory
        file = folder.substr(slash + 1);
        folder = slash == std::string::npos ? "." : folder.substr(0, slash + 1);
    }
    auto root = Root::open(folder);
    if (!root) return std::unexpected(root.error());
    return std::make_unique<FilesHandler>(config, std::move(file), std::move(*root), descriptors_to_keep());
}

}  // namespace cais::files

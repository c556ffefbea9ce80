#include "io/scope.h"
#include "served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>

namespace cais::files {
namespace {

using http::ContentCoding;
using http::Method;
using testing::HasSubstr;
using testing::StartsWith;

class Files : public testing::Test, public Served {};

TEST_F(Files, rfc9110_s9_3_1_get_and_head)
{
    tree.file("page.html", "hello");
    tree.file("large.bin", noise(100'000));
    tree.file("empty", "");
    settle();
    for (int i = 0; i < 3; ++i) {  // cold, and twice from what is kept
        const auto page = get("/page.html");
        EXPECT_EQ(page.code, 200);
        EXPECT_EQ(page.content, "hello");
        EXPECT_EQ(page.length, 5u);
        EXPECT_EQ(page.field("Content-Type"), "text/html; charset=utf-8");
        EXPECT_EQ(get("/large.bin").content, noise(100'000));
        EXPECT_EQ(get("/empty").code, 200);
        EXPECT_EQ(get("/empty").length, 0u);
    }
    EXPECT_EQ(get("/missing").code, 404);
    EXPECT_EQ(get("/missing/").code, 404);
    EXPECT_EQ(get("/page.html/").code, 404);
    EXPECT_EQ(get("/page.html/x").code, 404);
}

// §9.3.2: the same fields, whatever is asked, cold and warm.
TEST_F(Files, rfc9110_s9_3_2_head_says_what_get_would)
{
    tree.file("page.html", prose(5'000));
    tree.file("page.de.html", prose(5'000));
    tree.file("middle.txt", prose(400'000));
    tree.file("large.txt", prose(2'000'000));
    tree.file("there.css", prose(5'000));
    tree.file("there.css.br", "not really brotli");
    tree.file("image.png", noise(5'000));
    tree.folder("folder");
    settle();
    for (const bool head_first : {true, false})
        for (const char* target :
             {"/page.html", "/middle.txt", "/large.txt", "/there.css", "/image.png", "/folder/", "/folder", "/missing"})
            for (const char* fields :
                 {"", "Accept-Encoding: gzip", "Accept-Encoding: br, zstd", "Accept-Language: de", "If-None-Match: *",
                  "If-Match: \"other\"", "Accept: application/json", "Accept: image/png"}) {
                const auto first = ask(head_first ? Method::head : Method::get, target, fields);
                const auto second = ask(head_first ? Method::get : Method::head, target, fields);
                EXPECT_EQ(first.code, second.code) << target << ' ' << fields;
                EXPECT_EQ(first.fields, second.fields) << target << ' ' << fields;
                EXPECT_EQ(first.length, second.length) << target << ' ' << fields;
            }
}

// Who names neither codings nor languages gets the page itself, fresh; whoever names them sees a new form at once.
TEST_F(Files, a_change_shows_in_the_next_request_whoever_asks)
{
    tree.file("page.html", "one");
    settle();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/page.html").content, "one");
    tree.file("page.html", "two");
    EXPECT_EQ(get("/page.html").content, "two");
    settle();
    EXPECT_EQ(get("/page.html").content, "two");
    tree.file("page.de.html", "zwei");
    EXPECT_EQ(get("/page.html", "Accept-Language: de").content, "zwei");
    EXPECT_EQ(get("/page.html").content, "two");
    EXPECT_EQ(get("/page.html").field("Vary"), "Accept-Encoding, Accept-Language");
    std::filesystem::remove(tree.path("page.html"));
    EXPECT_EQ(get("/page.html").content, "zwei");
}

TEST_F(Files, rfc9110_s15_5_6_other_methods_and_options)
{
    tree.file("page.html", "x");
    settle();
    for (const auto method : {Method::post, Method::put, Method::delete_, Method::patch, Method::propfind}) {
        const auto refused = ask(method, "/page.html");
        EXPECT_EQ(refused.code, 405);
        EXPECT_EQ(refused.field("Allow"), "GET, HEAD, OPTIONS");
    }
    const auto options = ask(Method::options, "/page.html");
    EXPECT_EQ(options.code, 204);
    EXPECT_EQ(options.field("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(options.content, "");
}

TEST_F(Files, folders_are_redirected_to_their_slash_and_never_to_another_site)
{
    tree.folder("folder");
    tree.folder("a b");
    tree.folder("\\evil.example");
    tree.folder("evil.example");
    tree.folder("http:");
    tree.folder("gr\xC3\xBC\xC3\x9F");
    tree.folder("q?r#s");
    tree.folder("folder/inner");
    struct Case {
        const char* target;
        const char* location;  // null: 404
    };
    constexpr Case cases[] = {
        {"/folder", "/folder/"},
        {"/folder?a=b&c", "/folder/?a=b&c"},
        {"/folder?", "/folder/?"},
        {"/folder?//evil.example/", "/folder/?//evil.example/"},
        {"/folder/inner", "/folder/inner/"},
        {"/a%20b", "/a%20b/"},
        {"/%66older", "/folder/"},
        {"/\\evil.example", "/%5Cevil.example/"},
        {"/%5Cevil.example", "/%5Cevil.example/"},
        {"/http:", "/http%3A/"},
        {"/gr%C3%BC%C3%9F", "/gr%C3%BC%C3%9F/"},
        {"/q%3Fr%23s", "/q%3Fr%23s/"},
        {"//evil.example", nullptr},
        {"//folder", nullptr},
        {"///folder", nullptr},
        {"/folder//inner", nullptr},
        {"http://evil.example//folder", nullptr},
        {"http://evil.example/folder", "/folder/"},
    };
    for (const auto& [target, location] : cases) {
        const auto answer = get(target);
        EXPECT_EQ(answer.code, location == nullptr ? 404 : 301) << target;
        EXPECT_EQ(answer.field("Location"), location == nullptr ? "" : location) << target;
    }
}

TEST_F(Files, hidden_names_are_not_there)
{
    for (const char* name : {".secret", ".git/config", "folder/.env", ".page.html.gz", ".page.en.html"})
        tree.file(name, "secret");
    tree.file(".well-known/security.txt", "well known");
    tree.file("folder/index.html", "x");
    settle();
    for (const char* target : {"/.secret", "/%2esecret", "/.git/config", "/.git/", "/.git", "/folder/.env",
                               "/folder/%2Eenv", "/.page.html", "/.page.html.gz"})
        EXPECT_EQ(get(target, "Accept-Encoding: gzip\nAccept-Language: en").code, 404) << target;
    EXPECT_EQ(get("/.well-known/security.txt").content, "well known");
    EXPECT_THAT(get("/").content, testing::Not(HasSubstr("secret")));
}

TEST_F(Files, index_is_what_a_folder_answers)
{
    tree.file("index.html", "root");
    tree.file("folder/index.html", "folder");
    tree.file("folder/index.de.html", "Ordner");
    tree.file("odd/index.html/inner", "x");  // a folder of that name is none
    tree.file("german/index.de.html", "nur deutsch");
    tree.file("dangling/file", "x");
    tree.link("dangling/index.html", "nowhere");
    settle();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(get("/").content, "root");
        EXPECT_EQ(get("/?query").content, "root");
        EXPECT_EQ(get("/folder/").content, "folder");
        EXPECT_EQ(get("/folder/", "Accept-Language: de").content, "Ordner");
        EXPECT_EQ(get("/folder/", "Accept-Language: de").field("Content-Language"), "de");
        EXPECT_EQ(get("/german/").content, "nur deutsch");
        const auto listed = get("/odd/", "Accept: text/plain");
        EXPECT_EQ(listed.code, 200);
        EXPECT_EQ(listed.content, "index.html/\n");
        EXPECT_EQ(get("/odd/index.html").code, 301);
        EXPECT_EQ(get("/odd/index.html/inner").content, "x");
        EXPECT_EQ(get("/dangling/", "Accept: text/plain").content, "file\n");
        EXPECT_EQ(get("/dangling/index.html").code, 404);
    }
    tree.remove("index.html");
    EXPECT_THAT(get("/", "Accept: text/plain").content, HasSubstr("folder/\n"));
}

TEST_F(Files, links_that_are_refused_are_not_there)
{
    tree.file("page.html", "x");
    tree.link("inside", "page.html");
    tree.link("absolute", tree.path("page.html"));
    tree.link("out", "../../../../etc/passwd");
    tree.link("back", "../" + tree.path().substr(tree.path().rfind('/') + 1) + "/page.html");
    tree.link("proc", "/proc/self/root");
    tree.link("loop", "loop");
    ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0644), 0);
    settle();
    EXPECT_EQ(get("/inside").content, "x");
    for (const char* target : {"/absolute", "/out", "/back", "/proc", "/proc/etc/passwd", "/loop", "/pipe", "/pipe/"})
        EXPECT_EQ(get(target).code, 404) << target;
    EXPECT_EQ(get("/" + std::string(300, 'a')).code, 404);
    std::string deep;
    while (deep.size() < 6000) deep += "/a";
    EXPECT_EQ(get(deep).code, 404);
    EXPECT_EQ(get(deep + "/").code, 404);
}

// The content that was promised comes whole, or the answer is cut.
TEST_F(Files, a_file_that_changes_while_it_is_sent)
{
    struct Case {
        const char* name;
        const char* fields;
        void (*change)(const Tree&);
        bool is_cut;
    };
    const auto in_place = [](const Tree& tree) { tree.file("file.txt", noise(700'000, 7)); };
    const auto shorter = [](const Tree& tree) { std::filesystem::resize_file(tree.path("file.txt"), 100); };
    const auto removed = [](const Tree& tree) { tree.remove("file.txt"); };
    const auto replaced = [](const Tree& tree) { tree.replace("file.txt", "new"); };
    const Case cases[] = {
        {"in place", "", in_place, true},
        {"shorter", "", shorter, true},
        {"removed", "", removed, false},
        {"replaced", "", replaced, false},
        {"a range in place", "Range: bytes=10-600000", in_place, true},
        {"a range, removed", "Range: bytes=10-600000", removed, false},
        {"ranges in place", "Range: bytes=0-9,1000-600000", in_place, true},
        {"ranges, replaced", "Range: bytes=0-9,1000-600000", replaced, false},
        {"coded in place", "Accept-Encoding: gzip", in_place, true},
        {"coded, replaced", "Accept-Encoding: gzip", replaced, false},
    };
    struct Sending {
        static io::Task<void> run(http::Handler& handler, Exchange& exchange, const Tree& tree,
                                  void (*change)(const Tree&), Answer& answer)
        {
            co_await next_turn();
            {
                auto response = co_await handler.handle(exchange.request);
                answer.code = http::code_of(response.status);
                if (response.body.source() != nullptr) {
                    auto chunk = co_await response.body.read();
                    if (chunk) answer.content += chunk->bytes.view;
                }
                change(tree);
                co_await send(response, answer);
            }
            exchange.request.reset();
        }
    };
    for (const auto& [name, fields, change, is_cut] : cases) {
        tree.file("file.txt", prose(700'000));
        settle();
        Exchange exchange(Method::get, "/file.txt", fields);
        Answer answer;
        run(Sending::run(handler(), exchange, tree, change, answer));
        EXPECT_TRUE(answer.code == 200 || answer.code == 206) << name;
        EXPECT_EQ(answer.was_cut, is_cut) << name;
    }
}

TEST_F(Files, a_change_shows_in_the_next_request_in_every_coding)
{
    for (const char* fields : {"", "Accept-Encoding: gzip", "Accept-Encoding: zstd"}) {
        for (int i = 0; i < 4; ++i) {
            const std::string content = prose(2'000) + std::to_string(i);
            if (i % 2 == 0) tree.file("page.html", content);
            else tree.replace("page.html", content);
            if (i < 2) settle();
            auto answer = get("/page.html", fields);
            const auto coding = http::content_coding_of(answer.field("Content-Encoding"));
            EXPECT_EQ(coding ? decoded(*coding, answer.content) : answer.content, content);
        }
    }
}

TEST_F(Files, a_form_that_cannot_be_read_does_not_hide_the_page)
{
    tree.file("page.html", prose(1'000));
    tree.link("page.html.gz", "nowhere");
    tree.link("page.html.br", "/etc/passwd");
    tree.link("page.de.html", "../outside.html");
    ASSERT_EQ(::mkfifo(tree.path("page.fr.html").c_str(), 0644), 0);
    tree.link("page.it.html", ".");
    settle();
    for (int i = 0; i < 2; ++i)
        for (const char* language : {"", "\nAccept-Language: de", "\nAccept-Language: fr", "\nAccept-Language: it"})
            for (const char* coding : {"identity", "gzip", "br"}) {
                const auto answer = get("/page.html", "Accept-Encoding: " + std::string(coding) + language);
                EXPECT_EQ(answer.code, 200) << coding << language;
                EXPECT_FALSE(answer.has("Content-Language"));
                const auto made = http::content_coding_of(answer.field("Content-Encoding"));
                EXPECT_EQ(made ? decoded(*made, answer.content) : answer.content, prose(1'000)) << coding << language;
            }
}

TEST_F(Files, rfc9110_s12_5_1_listings_by_accept)
{
    tree.file("folder/file.txt", "x");
    tree.folder("folder/inner");
    settle();
    struct Case {
        const char* accept;
        int code;
        const char* type;
    };
    constexpr Case cases[] = {
        {"", 200, "text/html; charset=utf-8"},
        {"*/*", 200, "text/html; charset=utf-8"},
        {"application/json", 200, "application/json"},
        {"application/json, */*", 200, "application/json"},
        {"text/plain", 200, "text/plain; charset=utf-8"},
        {"text/csv", 200, "text/csv; charset=utf-8; header=present"},
        {"text/html;q=0.1, text/csv", 200, "text/csv; charset=utf-8; header=present"},
        {"image/png", 406, "text/plain; charset=utf-8"},
        {"text/html;q=0", 406, "text/plain; charset=utf-8"},
    };
    for (const auto& [accept, code, type] : cases) {
        const auto answer = get("/folder/", *accept != '\0' ? "Accept: " + std::string(accept) : "");
        EXPECT_EQ(answer.code, code) << accept;
        EXPECT_EQ(answer.field("Content-Type"), type) << accept;
        EXPECT_EQ(answer.field("Vary"), "Accept") << accept;
        if (code != 200) continue;
        EXPECT_THAT(answer.content, HasSubstr("file.txt"));
        EXPECT_FALSE(answer.length);
        EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(answer.has("Content-Security-Policy"), std::string_view(type).starts_with("text/html"));
    }
}

TEST_F(Files, without_listings)
{
    config.listing = false;
    tree.file("folder/file.txt", "x");
    tree.file("there/index.html", "x");
    settle();
    EXPECT_EQ(get("/").code, 404);
    EXPECT_EQ(get("/folder/").code, 404);
    EXPECT_EQ(get("/folder").code, 301);
    EXPECT_EQ(get("/folder/file.txt").content, "x");
    EXPECT_EQ(get("/there/").content, "x");
}

TEST_F(Files, listings_at_once_are_bounded)
{
    tree.file("folder/file.txt", "x");
    settle();
    struct Many {
        static io::Task<void> run(http::Handler& handler, std::vector<int>& codes, std::string& retry)
        {
            std::vector<std::unique_ptr<Exchange>> exchanges;
            std::vector<http::Response> held;
            for (int i = 0; i < 70; ++i) {
                exchanges.push_back(std::make_unique<Exchange>(Method::get, "/folder/"));
                held.push_back(co_await handler.handle(exchanges.back()->request));
                codes.push_back(http::code_of(held.back().status));
                if (codes.back() == 503) retry = held.back().fields.one(http::Name::retry_after).value_or("");
            }
            held.clear();
        }
    };
    std::vector<int> codes;
    std::string retry;
    run(Many::run(handler(), codes, retry));
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 200), 64);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 503), 6);
    EXPECT_EQ(retry, "5");
    EXPECT_EQ(get("/folder/").code, 200);
}

TEST_F(Files, an_application_keeps_its_paths_in_the_browser)
{
    config.spa = true;
    config.listing = false;
    tree.file("index.html", "application");
    tree.file("app.js", "x");
    tree.file("assets/style.css", "x");
    settle();
    for (int i = 0; i < 2; ++i) {
        for (const char* target : {"/", "/user/7", "/user/", "/assets/", "/old.html"}) {
            EXPECT_EQ(get(target).code, 200) << target;
            EXPECT_EQ(get(target).content, "application") << target;
        }
        EXPECT_EQ(get("/app.js").content, "x");
        EXPECT_EQ(get("/missing.js").code, 404);
        EXPECT_EQ(get("/missing.js", "Accept: text/html").content, "application");
        EXPECT_EQ(get("/.hidden").code, 404);
        EXPECT_EQ(get("//x").code, 404);
        EXPECT_EQ(get("/assets").code, 301);
        EXPECT_EQ(get("/" + std::string(300, 'a')).content, "application");
    }
    tree.remove("index.html");
    EXPECT_EQ(get("/user/7").code, 404);
    tree.folder("index.html");
    EXPECT_EQ(get("/user/7").code, 404);
}

TEST_F(Files, what_may_not_be_read_is_403)
{
    tree.file("secret.html", "x");
    tree.file("page.html", "page");
    tree.file("page.html.gz", "x");
    tree.file("entered/page.html", "inside");
    tree.file("closed/page.html", "x");
    tree.file("own/index.html", "x");
    for (const char* name : {"secret.html", "page.html.gz", "own/index.html"}) ::chmod(tree.path(name).c_str(), 0600);
    ::chmod(tree.path("entered").c_str(), 0711);
    ::chmod(tree.path("closed").c_str(), 0700);
    settle();
    const AsNobody nobody;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(get("/secret.html").code, 403);
        EXPECT_EQ(get("/page.html", "Accept-Encoding: gzip").content, "page");
        EXPECT_EQ(get("/entered/page.html").content, "inside");
        EXPECT_EQ(get("/entered/missing").code, 404);
        EXPECT_EQ(get("/entered/").code, 403);
        EXPECT_EQ(get("/closed/page.html").code, 403);
        EXPECT_EQ(get("/closed/").code, 403);
        EXPECT_EQ(get("/own/").code, 403);
    }
    // No answer says what lies there.
    EXPECT_THAT(get("/secret.html").content, testing::Not(HasSubstr(tree.path())));
}

TEST_F(Files, without_descriptors_it_is_503_and_then_well_again)
{
    tree.file("small.html", "small");
    tree.file("large.bin", noise(50'000));
    tree.folder("folder");
    settle();
    (void)handler();
    EXPECT_EQ(get("/small.html").code, 200);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto small = get("/small.html");
    const auto large = get("/large.bin"), folder = get("/folder/");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(small.content, "small");  // what is kept needs none
    for (const auto* answer : {&large, &folder}) {
        EXPECT_EQ(answer->code, 503);
        EXPECT_EQ(answer->field("Retry-After"), "5");
    }
    EXPECT_EQ(get("/large.bin").code, 200);
    EXPECT_EQ(get("/folder/").code, 200);
}

// Answers that are being sent keep what they are made of, whatever becomes of it meanwhile.
TEST_F(Files, answers_outlive_what_the_catalogue_keeps)
{
    tree.file("small.html", prose(1'000));
    tree.file("large.txt", prose(100'000));
    settle();
    struct Held {
        static io::Task<void> run(http::Handler& handler, const Tree& tree, const std::string& fields,
                                  std::vector<Answer>& answers)
        {
            std::vector<std::unique_ptr<Exchange>> exchanges;
            std::vector<http::Response> responses;
            for (const char* target : {"/small.html", "/large.txt", "/small.html", "/large.txt"}) {
                exchanges.push_back(std::make_unique<Exchange>(Method::get, target, fields));
                responses.push_back(co_await handler.handle(exchanges.back()->request));
            }
            tree.remove("small.html");
            tree.replace("large.txt", "new");
            for (int i = 0; i < 20; ++i) handler.tend();
            for (auto& response : responses) {
                Answer& answer = answers.emplace_back();
                answer.code = http::code_of(response.status);
                for (const auto& line : response.fields)
                    ((answer.fields += line.name()) += ": ").append(line.value()) += '\n';
                co_await send(response, answer);
            }
            responses.clear();
            for (auto& exchange : exchanges) exchange->request.reset();
        }
    };
    for (const char* fields : {"", "Accept-Encoding: gzip", "Range: bytes=0-99", "Range: bytes=0-9,500-509",
                               "If-None-Match: *", "If-Match: \"x\"", "Range: bytes=900000-"}) {
        tree.file("small.html", prose(1'000));
        tree.file("large.txt", prose(100'000));
        settle();
        (void)get("/small.html");
        (void)get("/large.txt");
        std::vector<Answer> answers;
        run(Held::run(handler(), tree, fields, answers));
        ASSERT_EQ(answers.size(), 4u);
        for (std::size_t i = 0; i < 4; ++i) {
            EXPECT_FALSE(answers[i].was_cut) << fields;
            if (answers[i].code >= 400) continue;
            EXPECT_THAT(answers[i].field("ETag"), StartsWith("\"")) << fields;
            if (i >= 2) {
                EXPECT_EQ(answers[i].field("ETag"), answers[i - 2].field("ETag")) << fields;
            }
        }
        if (*fields == '\0') {
            EXPECT_EQ(answers[0].content, prose(1'000));
            EXPECT_EQ(answers[1].content, prose(100'000));
        }
    }
}

TEST_F(Files, many_at_once_cold)
{
    tree.file("page.html", prose(3'000));
    tree.file("page.de.html", prose(3'000));
    tree.file("large.txt", prose(300'000));
    settle();
    struct Many {
        static io::Task<void> run(http::Handler& handler, std::vector<std::unique_ptr<Exchange>>& exchanges,
                                  std::vector<Answer>& answers)
        {
            io::Scope scope;
            for (std::size_t i = 0; i < exchanges.size(); ++i)
                scope.spawn(static_cast<io::Task<void> (*)(http::Handler&, Exchange&, Answer&)>(files::ask), handler,
                            *exchanges[i], answers[i]);
            co_await scope.end();
        }
    };
    std::vector<std::unique_ptr<Exchange>> exchanges;
    constexpr const char* targets[] = {"/page.html", "/large.txt", "/", "/missing"};
    constexpr const char* fields[] = {"", "Accept-Encoding: gzip", "Accept-Language: de", "Accept-Encoding: zstd"};
    for (int i = 0; i < 160; ++i)
        exchanges.push_back(std::make_unique<Exchange>(Method::get, targets[i % 4], fields[i / 4 % 4]));
    std::vector<Answer> answers(exchanges.size());
    run(Many::run(handler(), exchanges, answers));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Answer& answer = answers[i];
        const std::string_view target = targets[i % 4];
        EXPECT_FALSE(answer.was_cut) << i;
        EXPECT_EQ(answer.code, target == "/missing" ? 404 : 200) << i;
        const auto coding = http::content_coding_of(answer.field("Content-Encoding"));
        const std::string content = coding ? decoded(*coding, answer.content) : answer.content;
        if (target == "/page.html") EXPECT_EQ(content, prose(3'000)) << i;
        if (target == "/large.txt") EXPECT_TRUE(content == prose(300'000)) << i;
    }
}

}  // namespace
}  // namespace cais::files

#include "modules/files/icon.h"
#include "modules/files/listing.h"
#include "modules/files/measure.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A new folder, removed at the end.
class Listed : public testing::Test {
protected:
    Listed()
    {
        // In memory where there is such a place: a hundred thousand files take a disk long.
        for (const std::string& where : {std::string("/dev/shm/"), testing::TempDir()}) {
            folder_ = where + "listing-XXXXXX";
            if (::mkdtemp(folder_.data()) != nullptr) return;
        }
        throw std::runtime_error("no temporary folder");
    }
    ~Listed() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }

    void file(std::string_view name, std::int64_t size = 0, std::int64_t modified = 1'767'323'045) const
    {
        const int fd = ::open(path(name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        ASSERT_GE(fd, 0) << name;
        ASSERT_EQ(::ftruncate(fd, size), 0);
        const timespec times[] = {{modified, 999'999'999}, {modified, 999'999'999}};
        ASSERT_EQ(::futimens(fd, times), 0);
        ::close(fd);
    }
    void directory(std::string_view name, std::int64_t modified = 1'767'323'045) const
    {
        ASSERT_EQ(::mkdir(path(name).c_str(), 0755), 0) << name;
        const timespec times[] = {{modified, 0}, {modified, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
    }

    [[nodiscard]] int open() const
    {
        const int fd = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        EXPECT_GE(fd, 0);
        return fd;
    }

    [[nodiscard]] std::string list(ListingOptions options) const
    {
        Listing listing(open(), std::move(options));
        std::string output;
        for (;;) {
            const auto more = listing.next(output);
            EXPECT_TRUE(more) << base::describe(more.error());
            if (!more || !*more) return output;
        }
    }
    [[nodiscard]] std::string list(Format format, Order order = {}) const
    {
        return list({.format = format, .order = order, .path = "/x/"});
    }

    [[nodiscard]] std::vector<std::string> names(ListingOptions options) const
    {
        options.format = Format::json;
        std::vector<std::string> names;
        const auto document = boost::json::parse(list(std::move(options)));
        for (const auto& entry : document.at("entries").as_array()) names.emplace_back(entry.at("name").as_string());
        return names;
    }

    std::string folder_;
};

Order by(Order::By what, Order::Direction direction = Order::ascending) { return {what, direction}; }

TEST_F(Listed, an_empty_folder_in_each_form)
{
    EXPECT_THAT(list(Format::html), HasSubstr("This folder is empty."));
    EXPECT_THAT(list(Format::html), HasSubstr("0 folders, 0 files</p>"));
    EXPECT_EQ(list(Format::json),
              "{\"path\":\"/x/\",\"entries\":[\n],\"folders\":0,\"files\":0,\"bytes\":0,\"omitted\":0}\n");
    EXPECT_EQ(list(Format::text), "");
    EXPECT_EQ(list(Format::csv), "name,type,size,modified,media_type\r\n");
}

TEST_F(Listed, folders_come_first_in_every_order)
{
    file("b", 20, 3000);
    file("A", 10, 2000);
    file("c", 10, 1000);
    directory("Z", 10);
    directory("y", 20);
    EXPECT_THAT(names({.order = by(Order::name)}), ElementsAre("y", "Z", "A", "b", "c"));
    EXPECT_THAT(names({.order = by(Order::name, Order::descending)}), ElementsAre("Z", "y", "c", "b", "A"));
    EXPECT_THAT(names({.order = by(Order::size)}), ElementsAre("y", "Z", "A", "c", "b"));
    EXPECT_THAT(names({.order = by(Order::size, Order::descending)}), ElementsAre("y", "Z", "b", "A", "c"));
    EXPECT_THAT(names({.order = by(Order::time)}), ElementsAre("Z", "y", "c", "A", "b"));
    EXPECT_THAT(names({.order = by(Order::time, Order::descending)}), ElementsAre("y", "Z", "b", "A", "c"));
}

TEST_F(Listed, only_what_can_be_opened)
{
    file("file");
    file(".hidden");
    directory(".git");
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("nowhere", path("dangling").c_str()), 0);
    ASSERT_EQ(::symlink("file", path("link").c_str()), 0);
    ASSERT_EQ(::symlink("/etc/passwd", path("outside").c_str()), 0);
    file("\xFF\xFE");  // no UTF-8
    for (const auto what : {Order::name, Order::size, Order::time}) {
        EXPECT_THAT(names({.order = by(what)}), ElementsAre("file"));
        const auto document = boost::json::parse(list(Format::json, by(what)));
        EXPECT_EQ(document.at("omitted"), 5);  // pipe, dangling, link, outside, and the name
        EXPECT_EQ(document.at("files"), 1);
    }
    EXPECT_THAT(list(Format::html), HasSubstr(", 5 not shown"));
}

TEST_F(Listed, links_are_shown_as_what_the_server_finds)
{
    file("file", 1234, 86400);
    directory("folder");
    ASSERT_EQ(::symlink("file", path("to-file").c_str()), 0);
    ASSERT_EQ(::symlink("folder", path("to-folder").c_str()), 0);
    ASSERT_EQ(::symlink("nowhere", path("to-nowhere").c_str()), 0);
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("pipe", path("to-pipe").c_str()), 0);
    for (const auto what : {Order::name, Order::size, Order::time}) {
        const int fd = open();
        std::string output;
        Listing listing(fd, {.format = Format::json, .order = by(what), .open_link = [fd](const char* name) {
                                 return ::openat(fd, name, O_PATH | O_CLOEXEC);
                             }});
        for (auto more = listing.next(output); more && *more;) more = listing.next(output);
        const auto document = boost::json::parse(output);
        std::vector<std::string> seen;
        for (const auto& entry : document.at("entries").as_array()) {
            seen.emplace_back(entry.at("name").as_string());
            if (entry.at("name") == "to-folder") {
                EXPECT_EQ(entry.at("type"), "directory");
            }
            if (entry.at("name") != "to-file") continue;
            EXPECT_EQ(entry.at("size"), 1234);
            EXPECT_EQ(entry.at("modified"), "1970-01-02T00:00:00Z");
        }
        std::ranges::sort(seen);
        EXPECT_THAT(seen, ElementsAre("file", "folder", "to-file", "to-folder"));
        EXPECT_EQ(document.at("omitted"), 3);
    }
}

constexpr const char* awkward[] = {
    "\"quoted\".txt", "%2e%2e",  "&amp;", "'",    "<img src=x onerror=alert(1)>", "=1+1",     "a b",
    "a\\b",           "a,b",     "a\nb",  "a\rb", "javascript:alert(1)",          "line\x7F", "p?q#r",
    "https:",         "\xC3\xA9"};

TEST_F(Listed, json_gives_names_back_as_they_are)
{
    for (const char* name : awkward) file(name);
    auto got = names({});
    std::ranges::sort(got);
    std::vector<std::string> want(std::begin(awkward), std::end(awkward));
    std::ranges::sort(want);
    EXPECT_EQ(got, want);
}

TEST_F(Listed, rfc3986_s4_2_a_link_is_one_segment_of_this_folder)
{
    for (const char* name : awkward) file(name);
    directory("c:");
    const auto page = list(Format::html);
    const auto table = page.substr(page.find("<tbody>"));
    std::vector<std::string> links;
    for (std::size_t at = 0; (at = table.find("href=\"", at)) != std::string::npos;) {
        const auto end = table.find('"', at += 6);
        links.push_back(table.substr(at, end - at));
    }
    EXPECT_EQ(links.size(), std::size(awkward) + 1);
    for (const auto& link : links) {
        EXPECT_TRUE(link.starts_with("./")) << link;
        EXPECT_EQ(link.find_first_of("<>&'\\ \n\r\x7F?#"), std::string::npos) << link;
    }
    for (const char* want : {"./%2522", "./%22quoted%22.txt", "./%252e%252e", "./a%0Ab", "./javascript:alert(1)",
                             "./p%3Fq%23r", "./%C3%A9", "./c:/"})
        EXPECT_EQ(std::ranges::count(links, want), want == std::string_view("./%2522") ? 0 : 1) << want;
    EXPECT_THAT(table, HasSubstr(">&lt;img src=x onerror=alert(1)&gt;</a>"));
    EXPECT_THAT(table, HasSubstr(">&amp;amp;</a>"));
    EXPECT_THAT(table, HasSubstr(">a\xE2\x90\x8A"
                                 "b</a>"));  // a newline is shown as its picture
    EXPECT_THAT(table, HasSubstr(">line\xE2\x90\xA1</a>"));
    EXPECT_THAT(table, Not(HasSubstr("<img")));
}

TEST_F(Listed, text_is_one_name_a_line)
{
    file("a\nb");
    file("c\\d \"e\"");
    directory("folder");
    EXPECT_EQ(list(Format::text), "folder/\na\\x0ab\nc\\\\d \"e\"\n");
}

TEST_F(Listed, rfc4180_s2_records_are_quoted_where_they_must_be)
{
    directory("folder", 0);
    file("=1+1", 5, 0);
    file("a\nb\r\"c\"", 6, 0);
    file("x,y.txt", 7, 0);
    const MediaTypeOf media_type_of = [](std::string_view name) -> std::string_view {
        return name.ends_with(".txt") ? "text/plain" : "";
    };
    EXPECT_EQ(list({.format = Format::csv, .media_type_of = media_type_of}),
              "name,type,size,modified,media_type\r\n"
              "folder,directory,,1970-01-01T00:00:00Z,\r\n"
              "=1+1,file,5,1970-01-01T00:00:00Z,\r\n"
              "\"a\nb\r\"\"c\"\"\",file,6,1970-01-01T00:00:00Z,\r\n"
              "\"x,y.txt\",file,7,1970-01-01T00:00:00Z,text/plain\r\n");
}

TEST_F(Listed, json_says_what_is_documented)
{
    file("a.txt", 1, 1'767'323'045);
    file("b", 2, -1);
    directory("c", 1'767'323'045);
    const auto document = boost::json::parse(
        list({.format = Format::json, .path = "/x \"y\"/", .media_type_of = [](std::string_view name) {
                  return name == "a.txt" ? std::string_view("text/plain") : std::string_view();
              }}));
    EXPECT_EQ(document, boost::json::parse(R"({"path":"/x \"y\"/","entries":[
        {"name":"c","type":"directory","modified":"2026-01-02T03:04:05Z"},
        {"name":"a.txt","type":"file","size":1,"modified":"2026-01-02T03:04:05Z","media_type":"text/plain"},
        {"name":"b","type":"file","size":2,"modified":"1969-12-31T23:59:59Z"}],
        "folders":1,"files":2,"bytes":3,"omitted":0})"));
}

TEST_F(Listed, page_names_the_folder_and_those_above)
{
    const auto page = list({.path = "/a&b/<c>/\xC3\xA9/"});
    EXPECT_THAT(page, HasSubstr("<title>Index of /a&amp;b/&lt;c&gt;/\xC3\xA9/</title>"));
    EXPECT_THAT(page, HasSubstr("<li><a class=\"crumb\" href=\"../../../\">Home</a>"
                                "<li><a class=\"crumb\" href=\"../../\">a&amp;b</a><li><a class=\"crumb\" "
                                "href=\"../\">&lt;c&gt;</a></ol>"));
    EXPECT_THAT(page, HasSubstr("<h1 id=\"folder\">\xC3\xA9</h1>"));
    EXPECT_THAT(page, HasSubstr("<a href=\"../\">Parent folder</a>"));
    EXPECT_THAT(list({.path = "/"}), Not(HasSubstr("../")));
}

TEST_F(Listed, column_heads_say_and_change_the_order)
{
    const auto page = list(Format::html, by(Order::size, Order::descending));
    EXPECT_THAT(page, HasSubstr("<th scope=\"col\"><a href=\"?sort=name&amp;order=asc\">Name</a>"));
    EXPECT_THAT(page,
                HasSubstr("<th scope=\"col\" aria-sort=\"descending\"><a href=\"?sort=size&amp;order=asc\">Size</a>"));
    EXPECT_THAT(page, HasSubstr("<th scope=\"col\"><a href=\"?sort=time&amp;order=desc\">"));
}

TEST_F(Listed, page_runs_only_what_its_policy_admits)
{
    file("a");
    const auto page = list(Format::html);
    const std::string policy(listing_csp());
    EXPECT_THAT(policy,
                testing::MatchesRegex(
                    "default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; script-src 'sha256-[A-Za-z0-9+/=]+'; "
                    "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"));
    for (const char* inline_code : {" style=", " onclick=", " onload=", "javascript:"})
        EXPECT_THAT(page, Not(HasSubstr(inline_code)));
}

TEST_F(Listed, first_piece_needs_no_look_at_the_directory)
{
    file("a");
    const int fd = open();
    Listing listing(fd, {});
    std::string output;
    EXPECT_EQ(listing.next(output), true);
    EXPECT_EQ(::lseek(fd, 0, SEEK_CUR), 0);
    EXPECT_THAT(output, HasSubstr("<table"));
    EXPECT_THAT(output, Not(HasSubstr("./a")));
}

// The directory is in memory many times too small: every order is right all the same.
TEST_F(Listed, sorted_at_any_size)
{
    std::vector<std::string> all;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = std::string(i % 3 == 0 ? "File-" : "file-") + std::to_string(i * 7919 % 3000) +
                                 std::string(static_cast<std::size_t>(i) % 40, 'x');
        file(name, i * 31 % 1000, 1000 + i * 17 % 500);
        all.push_back(name);
    }
    for (const auto what : {Order::name, Order::size, Order::time})
        for (const auto direction : {Order::ascending, Order::descending}) {
            const auto whole = names({.order = by(what, direction)});
            const auto passes = names({.order = by(what, direction), .memory_bytes = 8192});
            EXPECT_EQ(whole.size(), all.size());
            EXPECT_EQ(passes, whole);
            EXPECT_TRUE(std::ranges::is_permutation(whole, all));
        }
    const auto whole = names({});
    EXPECT_TRUE(std::ranges::is_sorted(whole, [](const auto& a, const auto& b) { return compare_names(a, b) < 0; }));
}

TEST_F(Listed, a_folder_removed_meanwhile_ends_the_document)
{
    for (const auto what : {Order::name, Order::time}) {
        std::filesystem::create_directory(folder_);
        for (int i = 0; i < 2000; ++i) file(std::to_string(i));
        Listing listing(open(), {.format = Format::json, .order = by(what), .memory_bytes = 8192});
        std::string output;
        for (int calls = 0;; ++calls) {
            const auto more = listing.next(output);
            ASSERT_TRUE(more) << base::describe(more.error());
            if (!*more) break;
            if (calls == 2) std::filesystem::remove_all(folder_);
        }
        const auto document = boost::json::parse(output);  // whole, whatever it holds
        EXPECT_EQ(document.at("entries").as_array().size(),
                  static_cast<std::uint64_t>(document.at("files").as_int64()));
        EXPECT_LT(document.at("files").as_int64(), 2000);
    }
}

TEST_F(Listed, a_folder_removed_before_is_empty)
{
    const int fd = open();
    std::filesystem::remove_all(folder_);
    Listing listing(fd, {.format = Format::json});
    std::string output;
    for (auto more = listing.next(output); more && *more;) more = listing.next(output);
    EXPECT_THAT(boost::json::parse(output).at("entries").as_array(), IsEmpty());
}

// Members whose time is later in each pass would be listed for ever.
TEST_F(Listed, members_that_change_all_the_time_end_too)
{
    for (int i = 0; i < 600; ++i) file("member-" + std::to_string(i), 0, i);
    Listing listing(open(), {.format = Format::text, .order = by(Order::time), .memory_bytes = 8192});
    std::string output;
    std::int64_t time = 1000;
    int calls = 0;
    for (auto more = listing.next(output); more && *more; more = listing.next(output)) {
        ASSERT_LT(++calls, 100);
        for (int i = 0; i < 600; ++i) file("member-" + std::to_string(i), 0, ++time);
    }
    EXPECT_LE(std::ranges::count(output, '\n'), 1400);
}

TEST_F(Listed, what_cannot_be_read_is_an_error)
{
    file("file");
    Listing listing(::open(path("file").c_str(), O_RDONLY | O_CLOEXEC), {});
    std::string output;
    ASSERT_EQ(listing.next(output), true);
    EXPECT_FALSE(listing.next(output));
}

// The most memory that this process held since the last call, in KiB; 0 where the kernel does not say.
std::int64_t peak_since_last()
{
    std::int64_t peak = 0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) peak = std::stoll(line.substr(6));
    std::ofstream("/proc/self/clear_refs") << "5";
    return peak;
}

TEST_F(Listed, memory_does_not_grow_with_the_folder)
{
    constexpr int count = 100'000;
    for (int i = 0; i < count; ++i) {
        const int fd = ::openat(AT_FDCWD, path("member-" + std::to_string(i * 7919 % count) + ".txt").c_str(),
                                O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        ASSERT_GE(fd, 0);
        ::close(fd);
    }
    const auto run = [&](Order order) {
        Listing listing(open(), {.order = order});
        std::string output;
        std::size_t rows = 0, largest = 0;
        for (bool more = true; more;) {
            output.clear();
            const auto next = listing.next(output);
            if (!next) break;
            more = *next;
            largest = std::max(largest, output.size());
            for (std::size_t at = 0; (at = output.find("<a href=\"./member-", at)) != std::string::npos; ++at) ++rows;
        }
        EXPECT_EQ(rows, std::size_t{count});
        EXPECT_LT(largest, std::size_t{96} << 10);
    };
    peak_since_last();
    const auto before = peak_since_last();
    run({});
    run({Order::size, Order::descending});
    const auto after = peak_since_last();
    RecordProperty("growth_kib", std::to_string(after - before));
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_LE(after - before, 1024) << "KiB";
#else
    (void)before, (void)after;
#endif
}

TEST(Measure, sizes_are_short_and_rounded)
{
    struct Case {
        std::uint64_t bytes;
        const char* want;
    };
    constexpr Case cases[] = {{0, "0 B"},
                              {999, "999 B"},
                              {1000, "1.0 kB"},
                              {1049, "1.0 kB"},
                              {1050, "1.1 kB"},
                              {9949, "9.9 kB"},
                              {9950, "10 kB"},
                              {10'499, "10 kB"},
                              {10'500, "11 kB"},
                              {999'499, "999 kB"},
                              {999'500, "1.0 MB"},
                              {1'400'000, "1.4 MB"},
                              {2'147'483'648, "2.1 GB"},
                              {UINT64_MAX, "18 EB"}};
    for (const auto& [bytes, want] : cases) {
        std::string text;
        append_size(text, bytes);
        EXPECT_EQ(text, want) << bytes;
    }
}

TEST(Measure, numbers_have_their_thousands_apart)
{
    struct Case {
        std::uint64_t number;
        const char* want;
    };
    constexpr Case cases[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {1'234'567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (const auto& [number, want] : cases) {
        std::string text = "x";
        append_grouped(text, number);
        EXPECT_EQ(text, std::string("x") + want);
    }
}

TEST(Measure, rfc3339_s5_6_timestamps)
{
    struct Case {
        std::int64_t seconds;
        const char* want;
    };
    constexpr Case cases[] = {{0, "1970-01-01T00:00:00Z"},           {-1, "1969-12-31T23:59:59Z"},
                              {951'782'400, "2000-02-29T00:00:00Z"}, {1'767'323'045, "2026-01-02T03:04:05Z"},
                              {INT64_MAX, "9999-12-31T23:59:59Z"},   {INT64_MIN, "0000-01-01T00:00:00Z"}};
    for (const auto& [seconds, want] : cases) {
        std::string text;
        append_timestamp(text, seconds);
        EXPECT_EQ(text, want);
    }
}

TEST(Icon, is_that_of_the_last_extension)
{
    struct Case {
        const char* name;
        Icon want;
    };
    constexpr Case cases[] = {{"a.png", Icon::image},
                              {"a.PNG", Icon::image},
                              {"a.tar.gz", Icon::archive},
                              {"png", Icon::file},
                              {"a.", Icon::file},
                              {".png", Icon::image},
                              {"a.unheardof", Icon::file},
                              {"a.verylongextension", Icon::file},
                              {"", Icon::file}};
    for (const auto& [name, want] : cases) EXPECT_EQ(icon_of(name), want) << name;
}

}  // namespace
}  // namespace cais::files

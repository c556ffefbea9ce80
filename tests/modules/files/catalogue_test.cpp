#include "io/pool.h"
#include "io/scope.h"
#include "modules/files/catalogue.h"
#include "tree.h"

#include <gtest/gtest.h>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace cais::files {
namespace {

// A catalogue in a loop; each look at a page is a turn of its own.
class Catalogues : public testing::Test {
protected:
    Catalogues() { loop_.use(*pool_); }

    Catalogue& catalogue()
    {
        if (!root_) {
            root_ = std::make_unique<Root>(std::move(*Root::open(tree.path())));
            catalogue_ = std::make_unique<Catalogue>(*root_, bounds);
        }
        return *catalogue_;
    }

    // What lies at `path`, in the page's own language and uncoded: its content, or what is wrong.
    std::string content(const std::string& path)
    {
        std::string got;
        run(look_anew(catalogue(), path, got));
        return got;
    }
    void run(io::Task<void> task) { loop_.run(std::move(task)); }

    static io::Task<void> look(Catalogue& catalogue, std::string path, std::string& got)
    {
        auto page = catalogue.known(path);
        if (!page) {
            auto found = co_await catalogue.find(path);
            if (!found) {
                got = found.error().kind == Error::not_found ? "not found" : base::describe(found.error());
                co_return;
            }
            if (found->directory) {
                got = "folder";
                co_return;
            }
            page = std::move(found->page);
        }
        Alternative& alternative = page->alternatives.front();
        Form& form = alternative.forms[0];
        base::Shared<const Representation> representation;
        if (catalogue.known(*page, form) != nullptr) {
            representation = form.loaded;
        } else {
            auto loaded = co_await catalogue.load(page, alternative, form);
            if (!loaded) {
                got = loaded.error().kind == Error::not_found ? "not found" : base::describe(loaded.error());
                co_return;
            }
            representation = std::move(*loaded);
        }
        got = std::to_string(page->alternatives.size()) + " ";
        if (representation->content() != nullptr) got += *representation->content();
        else got += "large";
    }
    static io::Task<void> look_anew(Catalogue& catalogue, std::string path, std::string& got)
    {
        for (int turns = 0; turns < 2; ++turns) {
            const bool goes_on = co_await io::yield();
            if (!goes_on) co_return;
        }
        co_await look(catalogue, std::move(path), got);
    }

    static constexpr unsigned threads = 4;
    Tree tree;
    Catalogue::Bounds bounds;

private:
    std::unique_ptr<Root> root_;
    std::unique_ptr<Catalogue> catalogue_;
    io::Loop loop_;
    std::unique_ptr<io::Pool> pool_ = std::make_unique<io::Pool>(threads);
};

TEST_F(Catalogues, a_change_shows_in_the_next_request)
{
    tree.file("page.html", "one");
    tree.file("folder/page.html", "one");
    settle();
    for (const std::string page : {"page.html", "folder/page.html"}) {
        EXPECT_EQ(content(page), "1 one");
        tree.file(page, "two");
        EXPECT_EQ(content(page), "1 two");
        EXPECT_EQ(content(page), "1 two");
        settle();
        EXPECT_EQ(content(page), "1 two");
        tree.replace(page, "three");
        EXPECT_EQ(content(page), "1 three");
        settle();
        EXPECT_EQ(content(page), "1 three");
        tree.remove(page);
        EXPECT_EQ(content(page), "not found");
        settle();
        EXPECT_EQ(content(page), "not found");
        tree.file(page, "four");
        EXPECT_EQ(content(page), "1 four");
        settle();
        EXPECT_EQ(content(page), "1 four");
        tree.remove(page);
        tree.folder(page);
        EXPECT_EQ(content(page), "folder");
        settle();
        EXPECT_EQ(content(page), "folder");
    }
}

TEST_F(Catalogues, forms_that_come_and_go_show_too)
{
    tree.file("page.html", "one");
    settle();
    EXPECT_EQ(content("page.html"), "1 one");
    tree.file("page.en.html", "english");
    EXPECT_EQ(content("page.html"), "2 one");
    settle();
    EXPECT_EQ(content("page.html"), "2 one");
    tree.remove("page.html");
    EXPECT_EQ(content("page.html"), "1 english");
    settle();
    tree.remove("page.en.html");
    EXPECT_EQ(content("page.html"), "not found");
}

TEST_F(Catalogues, a_link_that_leads_elsewhere_shows)
{
    tree.file("old/page.html", "old");
    tree.file("new/page.html", "new");
    tree.link("folder", "old");
    tree.link("link.html", "old/page.html");
    settle();
    EXPECT_EQ(content("folder/page.html"), "1 old");
    EXPECT_EQ(content("link.html"), "1 old");
    tree.link("folder", "new");
    tree.link("link.html", "new/page.html");
    EXPECT_EQ(content("folder/page.html"), "1 new");
    EXPECT_EQ(content("link.html"), "1 new");
    settle();
    tree.link("folder", tree.path("old"));
    tree.file("new/page.html", "newer");
    EXPECT_NE(content("folder/page.html"), "1 old");
    EXPECT_EQ(content("link.html"), "1 newer");
}

TEST_F(Catalogues, one_look_a_turn_at_the_page_and_one_at_its_folder)
{
    tree.file("folder/a.html", "a");
    tree.file("folder/b.html", "b");
    settle();
    ASSERT_EQ(content("folder/a.html"), "1 a");
    ASSERT_EQ(content("folder/b.html"), "1 b");
    struct Requests {
        static io::Task<void> several(Catalogue& catalogue, std::vector<std::string> paths, std::string& got)
        {
            for (int turns = 0; turns < 2; ++turns) {
                const bool goes_on = co_await io::yield();
                if (!goes_on) co_return;
            }
            for (const auto& path : paths) co_await look(catalogue, path, got);
        }
    };
    std::string got;
    const auto count = [&](std::vector<std::string> paths) {
        const auto before = catalogue().looks();
        run(Requests::several(catalogue(), std::move(paths), got));
        return catalogue().looks() - before;
    };
    EXPECT_EQ(count({"folder/a.html"}), 2u);
    EXPECT_EQ(count({"folder/a.html", "folder/a.html", "folder/a.html"}), 2u);
    EXPECT_EQ(count({"folder/a.html", "folder/b.html", "folder/a.html", "folder/b.html"}), 3u);
    EXPECT_EQ(got, "1 b");
}

TEST_F(Catalogues, what_was_just_changed_is_not_kept)
{
    const auto kept = in_time([&] {
        for (int i = 0; i < 2; ++i) catalogue().tend();
        tree.remove("page.html");
        tree.file("page.html", "x");
        EXPECT_EQ(content("page.html"), "1 x");
        return catalogue().pages();
    });
    EXPECT_EQ(kept, 0u);
    settle();
    EXPECT_EQ(content("page.html"), "1 x");
    EXPECT_EQ(catalogue().pages(), 1u);
}

TEST_F(Catalogues, pages_are_bounded)
{
    bounds.pages = 3;
    for (int i = 0; i < 10; ++i) tree.file(std::to_string(i), "x");
    settle();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(content(std::to_string(i)), "1 x");
        EXPECT_EQ(content("0"), "1 x");  // asked for all the time: it stays
        EXPECT_LE(catalogue().pages(), 3u);
    }
    const auto scans = catalogue().scans();
    const auto before = catalogue().looks();
    EXPECT_EQ(content("0"), "1 x");
    EXPECT_EQ(catalogue().looks() - before, 2u);
    EXPECT_EQ(catalogue().scans(), scans);
}

TEST_F(Catalogues, memory_is_bounded)
{
    bounds.memory = 100'000;
    for (int i = 0; i < 20; ++i) tree.file(std::to_string(i), noise(16'000));
    settle();
    for (int i = 0; i < 20; ++i) {
        (void)content(std::to_string(i));
        EXPECT_LE(catalogue().memory(), 100'000u);
    }
    EXPECT_GE(catalogue().pages(), 4u);
}

// A loop of links gives one file any number of paths, each as long as a path may be.
TEST_F(Catalogues, paths_are_counted_as_memory)
{
    bounds.memory = 100'000;
    tree.file("page", "x");
    tree.link("again", ".");
    settle();
    std::string path = "page";
    for (int i = 0; i < 39; ++i) {
        path.insert(0, "again/");
        EXPECT_EQ(content(path), "1 x");
    }
    EXPECT_LE(catalogue().memory(), 100'000u);
    EXPECT_GE(catalogue().memory(), 39 * 400u);
    bounds.memory = 1;
}

TEST_F(Catalogues, open_files_are_bounded)
{
    bounds.open_files = 5;
    for (int i = 0; i < 20; ++i) tree.file(std::to_string(i), noise(20'000));
    settle();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(content(std::to_string(i)), "1 large");
        EXPECT_LE(catalogue().open_files(), 5u);
    }
    EXPECT_EQ(catalogue().pages(), 5u);
}

TEST_F(Catalogues, languages_of_a_page_are_bounded)
{
    tree.file("page.html", "x");
    int made = 0;
    for (const char* language : {"de", "en", "fr", "it"})
        for (const char* region : {"AT", "BE", "BR", "CA", "CH", "DE", "ES", "FR", "GB", "IT"})
            tree.file("page." + std::string(language) + "-" + region + ".html", std::to_string(++made));
    settle();
    ASSERT_GT(made, static_cast<int>(most_languages));
    EXPECT_EQ(content("page.html"), std::to_string(most_languages) + " x");
}

TEST_F(Catalogues, tend_lets_go_of_what_nobody_asks_for)
{
    tree.file("asked", noise(20'000));
    tree.file("forgotten", noise(20'000));
    settle();
    (void)content("asked");
    (void)content("forgotten");
    EXPECT_EQ(catalogue().open_files(), 2u);
    tree.remove("forgotten");
    settle();
    catalogue().tend();
    (void)content("asked");
    catalogue().tend();
    EXPECT_EQ(catalogue().open_files(), 1u);
    EXPECT_EQ(catalogue().pages(), 1u);
    catalogue().tend();
    EXPECT_EQ(catalogue().pages(), 0u);
    EXPECT_EQ(catalogue().memory(), 0u);
    EXPECT_EQ(catalogue().open_files(), 0u);
}

io::Task<void> all_at_once(Catalogue& catalogue, std::vector<std::string> paths, std::vector<std::string>& got,
                           io::Task<void> (*look)(Catalogue&, std::string, std::string&))
{
    io::Scope scope;
    got.assign(paths.size(), {});
    for (std::size_t i = 0; i < paths.size(); ++i) scope.spawn(look, catalogue, paths[i], got[i]);
    co_await scope.end();
}

TEST_F(Catalogues, a_folder_is_read_once_for_all_who_wait)
{
    std::vector<std::string> paths;
    for (int i = 0; i < 50; ++i) {
        tree.file("folder/" + std::to_string(i), noise(20'000));
        paths.push_back("folder/" + std::to_string(i));
        paths.push_back("folder/0");
    }
    settle();
    std::vector<std::string> got;
    run(all_at_once(catalogue(), paths, got, look));
    for (const auto& one : got) EXPECT_EQ(one, "1 large");
    EXPECT_EQ(catalogue().scans(), 1u);
    EXPECT_EQ(catalogue().pages(), 50u);
    // Not settled: nobody may keep it, and still it is one scan for all who came before it began.
    tree.file("folder/new", "x");
    run(all_at_once(catalogue(), paths, got, look));
    for (const auto& one : got) EXPECT_EQ(one, "1 large");
    EXPECT_LE(catalogue().scans(), 4u);
}

// Who comes while a folder is read asks for what is there by then.
TEST_F(Catalogues, a_scan_that_began_before_a_change_does_not_answer_who_came_after)
{
    tree.file("folder/page.html", "x");
    for (int i = 0; i < 200; ++i) tree.file("folder/" + std::to_string(i) + ".gz", "");
    settle();
    struct Both {
        static io::Task<void> run(Catalogue& catalogue, const Tree& tree, std::string& first, std::string& second)
        {
            io::Scope scope;
            scope.spawn(look, catalogue, std::string("folder/page.html"), first);
            // Under way on the pool, ended or not: nobody has looked at it yet.
            tree.file("folder/page.en.html", "english");
            scope.spawn(look, catalogue, std::string("folder/page.html"), second);
            co_await scope.end();
        }
    };
    for (int i = 0; i < 20; ++i) {
        std::string first, second;
        run(Both::run(catalogue(), tree, first, second));
        EXPECT_TRUE(first == "1 x" || first == "2 x") << first;
        EXPECT_EQ(second, "2 x");
        tree.remove("folder/page.en.html");
        settle();
    }
}

// The first who asks may go away while the folder is read.
TEST_F(Catalogues, a_scan_goes_on_without_who_began_it)
{
    tree.file("folder/page.html", "x");
    settle();
    struct Two {
        static io::Task<void> run(Catalogue& catalogue, std::string& first, std::string& second)
        {
            io::Scope cancelled, scope;
            cancelled.spawn(look, catalogue, std::string("folder/page.html"), first);
            scope.spawn(look, catalogue, std::string("folder/page.html"), second);
            cancelled.cancel();
            co_await cancelled.end();
            co_await scope.end();
        }
    };
    std::string first, second;
    run(Two::run(catalogue(), first, second));
    EXPECT_EQ(second, "1 x");
    EXPECT_EQ(catalogue().scans(), 1u);
}

TEST_F(Catalogues, jobs_on_the_pool_are_bounded)
{
    bounds.jobs = 2;
    std::vector<std::string> paths;
    for (int i = 0; i < 10; ++i) {
        tree.file(std::to_string(i) + "/page", "x");
        paths.push_back(std::to_string(i) + "/page");
    }
    settle();
    struct Blocked {
        static io::Task<void> run(Catalogue& catalogue, std::vector<std::string>& paths, std::vector<std::string>& got)
        {
            // Threads that are all at something else: what is asked for meanwhile waits.
            const auto everybody_has_asked = std::make_shared<std::latch>(1);
            for (unsigned i = 0; i < threads; ++i)
                io::Loop::current()->pool().submit([everybody_has_asked] { everybody_has_asked->wait(); });
            io::Scope scope;
            got.assign(paths.size(), {});
            for (std::size_t i = 0; i < paths.size(); ++i) scope.spawn(look, catalogue, paths[i], got[i]);
            everybody_has_asked->count_down();
            co_await scope.end();
        }
    };
    std::vector<std::string> got;
    run(Blocked::run(catalogue(), paths, got));
    EXPECT_EQ(std::count(got.begin(), got.end(), "1 x"), 2);
    EXPECT_EQ(std::count(got.begin(), got.end(), "too many folders are being read"), 8);
    settle();  // a place is given back by the thread that had it
    EXPECT_EQ(content("9/page"), "1 x");
}

TEST_F(Catalogues, what_is_not_there_needs_no_thread)
{
    tree.file("page", "x");
    settle();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(content("missing"), "not found");
        EXPECT_EQ(content("missing/page"), "not found");
        EXPECT_EQ(content("page/page"), "not found");
    }
    // The first time the kernel may not know it either.
    EXPECT_LE(catalogue().scans(), 3u);
}

TEST_F(Catalogues, a_folder_that_may_be_entered_and_not_read)
{
    tree.file("closed/page.html", "x");
    tree.file("closed/page.en.html", "x");
    ::chmod(tree.path("closed").c_str(), 0711);
    settle();
    const AsNobody nobody;
    EXPECT_EQ(content("closed/page.html"), "1 x");
    EXPECT_EQ(content("closed/page.html"), "1 x");
    EXPECT_EQ(catalogue().scans(), 1u);
}

TEST_F(Catalogues, running_out_of_descriptors_is_an_error_and_passes)
{
    tree.file("page", noise(20'000));
    settle();
    (void)catalogue();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    std::string got;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    got = content("page");
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_NE(got.find("Too many open files"), std::string::npos) << got;
    EXPECT_EQ(content("page"), "1 large");
}

}  // namespace
}  // namespace cais::files

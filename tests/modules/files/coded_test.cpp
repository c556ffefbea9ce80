#include "io/scope.h"
#include "modules/files/coded.h"
#include "served.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace cais::files {
namespace {

using http::ContentCoding;

// What a reader made of a run.
struct Reading {
    std::string content;
    std::optional<Error> error;
    bool has_ended = false;
};

io::Task<void> read_all(http::Body& body, Reading& reading)
{
    for (;;) {
        auto chunk = co_await body.read();
        if (!chunk) {
            reading.error = chunk.error();
            co_return;
        }
        if (chunk->is_end) break;
        reading.content += chunk->bytes.view;
        if (chunk->file.length > 0) (void)send_slice(chunk->file, reading.content);
    }
    reading.has_ended = true;
}
io::Task<void> read_run(base::Shared<CodedRun> run, Reading& reading)
{
    http::Body body = body_of(run);
    run = {};
    co_await read_all(body, reading);
}
io::Task<void> read_one(http::Body& body, Reading& reading)
{
    auto chunk = co_await body.read();
    if (chunk && !chunk->is_end) reading.content += chunk->bytes.view;
}

class Coded : public testing::Test {
protected:
    Coded() { loop_.use(*pool_); }

    base::Shared<const Representation> load(const std::string& name)
    {
        const auto root = Root::open(tree.path());
        return Representation::load(*root, {name, &http::type_of_file(name), ContentCoding::identity, {}},
                                    Blocking::yes)
            ->representation;
    }
    base::Shared<const Representation> made(const std::string& name, const std::string& content)
    {
        tree.file(name, content);
        settle();
        return load(name);
    }
    void run(io::Task<void> task) { loop_.run(std::move(task)); }
    Reading read(const base::Shared<CodedRun>& coded)
    {
        Reading reading;
        run(read_run(coded, reading));
        return reading;
    }

    Tree tree;
    CodedCache cache{8};

private:
    io::Loop loop_;
    std::unique_ptr<io::Pool> pool_ = std::make_unique<io::Pool>(4);
};

TEST_F(Coded, decodes_to_the_file)
{
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{most_kept_content}, std::size_t{CodedRun::most_a_step},
          std::size_t{CodedRun::most_a_step + 1}, std::size_t{1'000'000}, std::size_t{CodedCache::most_shared + 1}}) {
        const std::string content = prose(size);
        const auto file = made("file.txt", content);
        for (const auto coding : {ContentCoding::gzip, ContentCoding::brotli, ContentCoding::zstd}) {
            const auto coded = cache.run(file, coding);
            ASSERT_TRUE(coded);
            const auto reading = read(coded);
            EXPECT_TRUE(reading.has_ended);
            EXPECT_TRUE(decoded(coding, reading.content) == content) << http::text_of(coding) << ' ' << size;
            EXPECT_EQ(coded->length(), reading.content.size());
        }
    }
    cache.tend();
    EXPECT_EQ(cache.tally().under_way, 0u);
}

TEST_F(Coded, two_who_ask_at_once_share_one_run)
{
    const auto file = made("file.txt", prose(1'000'000));
    struct Two {
        static io::Task<void> read(CodedCache& cache, const base::Shared<const Representation>& file, Reading& first,
                                   Reading& second)
        {
            io::Scope scope;
            scope.spawn(read_run, cache.run(file, ContentCoding::gzip), first);
            scope.spawn(read_run, cache.run(file, ContentCoding::gzip), second);
            EXPECT_EQ(cache.size(), 1u);
            co_await scope.end();
        }
    };
    Reading first, second;
    run(Two::read(cache, file, first, second));
    EXPECT_TRUE(first.has_ended);
    EXPECT_EQ(first.content, second.content);
    EXPECT_EQ(decoded(ContentCoding::gzip, first.content), prose(1'000'000));
    EXPECT_EQ(cache.size(), 1u);
    // And who asks later has it at once, with its length; the second time from a file in memory.
    for (const bool from_file : {true, true}) {
        const auto again = cache.run(file, ContentCoding::gzip);
        EXPECT_TRUE(again->has_ended());
        const auto body = body_of(again);
        EXPECT_EQ(body.length(), first.content.size());
        EXPECT_EQ(body.file() != nullptr, from_file);
        EXPECT_EQ(read(again).content, first.content);
    }
    EXPECT_EQ(cache.files(), 1u);
    EXPECT_NE(cache.run(file, ContentCoding::zstd).get(), cache.run(file, ContentCoding::gzip).get());
}

// Its pieces are read by somebody: they do not move.
TEST_F(Coded, a_result_that_is_being_read_does_not_move_into_a_file)
{
    const auto file = made("file.txt", prose(200'000));
    (void)read(cache.run(file, ContentCoding::gzip));
    const auto held = cache.run(file, ContentCoding::gzip);
    EXPECT_TRUE(held->file());  // nobody read it then
    const auto other = made("other.txt", prose(200'000));
    const auto reader = cache.run(other, ContentCoding::gzip);
    (void)read(reader);
    const auto body = body_of(reader);
    ASSERT_NE(body.bytes(), nullptr);
    EXPECT_FALSE(cache.run(other, ContentCoding::gzip)->file());
    EXPECT_EQ(decoded(ContentCoding::gzip, body.bytes()->view), prose(200'000));
}

TEST_F(Coded, a_file_that_changes_fails_all_readers_and_is_coded_anew)
{
    struct Case {
        const char* name;
        void (*change)(const Tree&);
    };
    const Case cases[] = {
        {"shorter", [](const Tree& tree) { std::filesystem::resize_file(tree.path("file.txt"), 300'000); }},
        {"in place", [](const Tree& tree) { tree.file("file.txt", noise(1'000'000)); }},
        {"longer", [](const Tree& tree) { std::ofstream(tree.path("file.txt"), std::ios::app) << "more"; }},
    };
    struct Two {
        static io::Task<void> read(http::Body& first_body, http::Body& second_body, const Tree& tree,
                                   void (*change)(const Tree&), Reading& first, Reading& second)
        {
            co_await read_one(first_body, first);
            change(tree);
            io::Scope scope;
            scope.spawn(read_all, first_body, first);
            scope.spawn(read_all, second_body, second);
            co_await scope.end();
        }
    };
    for (const auto& [name, change] : cases) {
        const auto file = made("file.txt", prose(1'000'000));
        Reading first, second;
        auto coded = cache.run(file, ContentCoding::gzip);
        {
            http::Body first_body = body_of(coded), second_body = body_of(coded);
            run(Two::read(first_body, second_body, tree, change, first, second));
        }
        for (const auto* reading : {&first, &second}) {
            EXPECT_FALSE(reading->has_ended) << name;
            ASSERT_TRUE(reading->error) << name;
            EXPECT_EQ(reading->error->kind, Error::ended) << name;
        }
        EXPECT_TRUE(coded->fault()) << name;
        coded = {};
        settle();
        const auto anew = cache.run(load("file.txt"), ContentCoding::gzip);
        EXPECT_TRUE(read(anew).has_ended) << name;
    }
}

TEST_F(Coded, a_file_that_is_replaced_or_removed_is_coded_to_its_end)
{
    for (const bool is_replaced : {true, false}) {
        const auto file = made("file.txt", prose(1'000'000));
        struct One {
            static io::Task<void> read(http::Body& body, const Tree& tree, bool is_replaced, Reading& reading)
            {
                co_await read_one(body, reading);
                if (is_replaced) tree.replace("file.txt", "new");
                else tree.remove("file.txt");
                co_await read_all(body, reading);
            }
        };
        Reading reading;
        http::Body body = body_of(cache.run(file, ContentCoding::zstd));
        run(One::read(body, tree, is_replaced, reading));
        EXPECT_TRUE(reading.has_ended);
        EXPECT_TRUE(decoded(ContentCoding::zstd, reading.content) == prose(1'000'000));
    }
}

TEST_F(Coded, a_reader_that_goes_away_leaves_the_others_alone)
{
    const auto file = made("file.txt", prose(3'000'000));
    struct Readers {
        static io::Task<void> read(const base::Shared<CodedRun>& coded, Reading& leaves, Reading& stays)
        {
            io::Scope leaving, staying;
            leaving.spawn(read_run, coded, leaves);
            staying.spawn(read_run, coded, stays);
            const bool goes_on = co_await io::yield();
            EXPECT_TRUE(goes_on);
            leaving.cancel();
            co_await leaving.end();
            co_await staying.end();
        }
    };
    Reading leaves, stays;
    run(Readers::read(cache.run(file, ContentCoding::gzip), leaves, stays));
    EXPECT_FALSE(leaves.has_ended);
    EXPECT_TRUE(stays.has_ended);
    EXPECT_TRUE(decoded(ContentCoding::gzip, stays.content) == prose(3'000'000));
}

TEST_F(Coded, what_nobody_reads_any_more_is_let_go_with_its_encoder_and_its_file)
{
    const auto file = made("file.txt", prose(3'000'000));
    {
        Reading reading;
        http::Body body = body_of(cache.run(file, ContentCoding::gzip));
        run(read_one(body, reading));
        EXPECT_EQ(cache.tally().under_way, 1u);
        EXPECT_EQ(file.holders(), 2u);
    }
    EXPECT_EQ(cache.size(), 1u);
    cache.tend();
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_EQ(cache.tally().under_way, 0u);
    EXPECT_EQ(cache.tally().memory, 0u);
    EXPECT_EQ(file.holders(), 1u);
}

TEST_F(Coded, how_many_are_under_way_is_bounded)
{
    const std::string content = prose(CodedRun::most_a_step + 1);
    for (unsigned i = 0; i <= CodedCache::most_under_way; ++i) tree.file(std::to_string(i) + ".txt", content);
    tree.file("small.txt", prose(100'000));
    settle();
    std::vector<base::Shared<CodedRun>> runs;
    for (unsigned i = 0; i < CodedCache::most_under_way; ++i) {
        runs.push_back(cache.run(load(std::to_string(i) + ".txt"), ContentCoding::gzip));
        ASSERT_TRUE(runs.back());
    }
    const auto one_more = load(std::to_string(CodedCache::most_under_way) + ".txt");
    EXPECT_FALSE(cache.run(one_more, ContentCoding::gzip));
    EXPECT_TRUE(cache.run(load("0.txt"), ContentCoding::gzip));      // to share is no more
    EXPECT_TRUE(cache.run(load("small.txt"), ContentCoding::gzip));  // what takes one step holds nothing between steps
    EXPECT_TRUE(read(runs[0]).has_ended);
    EXPECT_TRUE(cache.run(one_more, ContentCoding::gzip));
    runs.clear();
    EXPECT_TRUE(cache.run(one_more, ContentCoding::zstd));
    cache.tend();
    EXPECT_EQ(cache.tally().under_way, 0u);
}

TEST_F(Coded, how_much_is_kept_is_bounded)
{
    // Noise of this size is an entry that may just be kept; larger is none.
    const std::size_t kept = CodedCache::most_entry - 10'000;
    for (unsigned i = 0; i < 40; ++i) {
        const auto file = made("file.txt", noise(kept, i));
        const auto reading = read(cache.run(file, ContentCoding::gzip));
        EXPECT_TRUE(reading.has_ended);
        EXPECT_LE(cache.memory(), CodedCache::most_memory);
        EXPECT_LE(cache.tally().memory, CodedCache::most_alive);
        EXPECT_LE(cache.files(), 8u);
        (void)cache.run(file, ContentCoding::gzip);  // moves into a file
    }
    cache.tend();
    EXPECT_GT(cache.size(), 28u);
    EXPECT_LE(cache.size(), 33u);
    const auto before = cache.size();
    const auto large = made("large.txt", noise(CodedCache::most_entry + 100'000));
    EXPECT_TRUE(read(cache.run(large, ContentCoding::gzip)).has_ended);
    cache.tend();
    EXPECT_EQ(cache.size(), before);
    for (int i = 0; i < 14; ++i) cache.tend();  // and what nobody asks for goes
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_EQ(cache.memory(), 0u);
    EXPECT_EQ(cache.files(), 0u);
    EXPECT_EQ(cache.tally().memory, 0u);
}

// Readers hold results that the cache let go of long ago: then nothing new is kept, then nothing new begun.
TEST_F(Coded, how_much_is_held_by_readers_is_bounded)
{
    std::vector<http::Body> bodies;
    std::vector<base::Shared<CodedRun>> streamed;
    std::size_t refused = 0;
    for (unsigned i = 0; i < 90; ++i) {
        const auto file = made("file.txt", noise(CodedCache::most_entry - 10'000, i));
        const auto coded = cache.run(file, ContentCoding::gzip);
        if (!coded) {
            ++refused;
            continue;
        }
        if (coded->keeps() == CodedRun::Keeps::yes) EXPECT_TRUE(read(coded).has_ended);
        bodies.push_back(body_of(coded));
        EXPECT_LE(cache.tally().memory, CodedCache::most_alive);
    }
    EXPECT_GT(refused, 0u);
    bodies.clear();
    EXPECT_TRUE(cache.run(load("file.txt"), ContentCoding::gzip));
}

TEST_F(Coded, a_large_file_is_streamed_and_nothing_of_it_kept)
{
    const std::string content = prose(CodedCache::most_shared + 1);
    const auto file = made("file.txt", content);
    const auto first = cache.run(file, ContentCoding::zstd), second = cache.run(file, ContentCoding::zstd);
    EXPECT_NE(first.get(), second.get());
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_LE(cache.tally().memory, 2 * CodedRun::most_a_step);
    const auto reading = read(first);
    EXPECT_TRUE(decoded(ContentCoding::zstd, reading.content) == content);
    EXPECT_TRUE(first->pieces().size() <= 1);
    EXPECT_FALSE(body_of(first).length());
}

TEST_F(Coded, what_was_just_changed_is_coded_for_one_alone)
{
    const auto file = in_time([&] {
        tree.file("file.txt", prose(1000));
        return load("file.txt");
    });
    const auto coded = cache.run(file, ContentCoding::gzip);
    EXPECT_EQ(coded->keeps(), CodedRun::Keeps::no);
    EXPECT_EQ(cache.size(), 0u);
    EXPECT_EQ(decoded(ContentCoding::gzip, read(coded).content), prose(1000));
}

// The loop ends while a step is on the pool, or has been posted back and is never looked at.
TEST(CodedRuns, that_outlive_their_loop_are_freed)
{
    const Tree tree;
    tree.file("file.txt", prose(3'000'000));
    settle();
    const auto root = Root::open(tree.path());
    for (int i = 0; i < 5; ++i) {
        CodedCache cache;
        io::Loop loop;
        io::Pool pool(2);
        loop.use(pool);
        struct Begin {
            static io::Task<void> run(CodedCache& cache, const Root& root)
            {
                auto loaded = Representation::load(
                    root, {"file.txt", &http::type_of_file("file.txt"), ContentCoding::identity, {}}, Blocking::yes);
                io::Scope scope;
                Reading readings[3];
                int i = 0;
                for (const auto coding : {ContentCoding::gzip, ContentCoding::brotli, ContentCoding::zstd})
                    scope.spawn(read_run, cache.run(loaded->representation, coding), readings[i++]);
                scope.cancel();
                co_await scope.end();
            }
        };
        loop.run(Begin::run(cache, *root));
    }
}

}  // namespace
}  // namespace cais::files

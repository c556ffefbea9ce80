#include "server/channel.h"
#include "server/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace cais::server {
namespace {

TEST(Channel, carries_texts_and_descriptors)
{
    auto pair = Channel::make();
    ASSERT_TRUE(pair);
    Channel ours(std::move(pair->ours));
    Channel theirs(std::move(pair->theirs));
    const auto file = pack({"one", "", std::string(300'000, 'x')});
    ASSERT_TRUE(file);
    ASSERT_TRUE(ours.send(Message::supply, 7, "text", {file->get(), STDERR_FILENO}));
    ASSERT_TRUE(ours.send(Message::stop));
    auto message = theirs.receive_blocking(std::chrono::seconds(5));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->kind, Message::supply);
    EXPECT_EQ(message->number, 7u);
    EXPECT_EQ(message->text, "text");
    ASSERT_EQ(message->descriptors.size(), 2u);
    EXPECT_THAT(*unpack(message->descriptors[0].get()), testing::ElementsAre("one", "", std::string(300'000, 'x')));
    message = theirs.receive_blocking(std::chrono::seconds(5));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->kind, Message::stop);
    ours.close();
    EXPECT_EQ(theirs.receive_blocking(std::chrono::seconds(5)).error().kind, Error::ended);
}

TEST(Channel, a_message_that_is_too_short_is_refused)
{
    auto pair = Channel::make();
    ASSERT_TRUE(pair);
    ASSERT_EQ(::write(pair->ours.get(), "abc", 3), 3);
    Channel theirs(std::move(pair->theirs));
    EXPECT_EQ(theirs.receive_blocking(std::chrono::seconds(5)).error().kind, Error::malformed);
}

TEST(Channel, what_was_packed_may_be_cut_nowhere)
{
    const auto file = pack({"one", "two"});
    ASSERT_TRUE(file);
    for (off_t length = 21; length > 0; --length) {
        ASSERT_EQ(::ftruncate(file->get(), length), 0);
        const auto texts = unpack(file->get());
        if (length == 11) EXPECT_THAT(*texts, testing::ElementsAre("one"));
        else EXPECT_FALSE(texts) << length;
    }
}

TEST(Handed, is_what_it_was)
{
    Handed handed{{1, 2}, {3, 0, 4}, {}};
    handed.files.files["/etc/key.pem"] = {"secret\0octets", 0640, 7};
    const auto file = handed.pack();
    ASSERT_TRUE(file);
    const auto again = Handed::unpack(file->get());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->closed, handed.closed);
    EXPECT_EQ(again->numbers, handed.numbers);
    ASSERT_EQ(again->files.files.size(), 1u);
    const auto& one = again->files.files.at("/etc/key.pem");
    EXPECT_EQ(one.content, handed.files.files.at("/etc/key.pem").content);
    EXPECT_EQ(one.mode, 0640u);
    EXPECT_EQ(one.owner, 7u);
}

}  // namespace
}  // namespace cais::server

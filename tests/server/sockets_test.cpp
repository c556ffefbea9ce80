#include "io/listener.h"
#include "server/sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

namespace cais::server {
namespace {

io::Address any_port() { return *io::Address::parse("127.0.0.1:0"); }

Sockets::Plan planned(Sockets& sockets, const std::vector<WantedAddress>& wanted)
{
    auto plan = sockets.prepare(wanted);
    EXPECT_TRUE(plan) << plan.error();
    return std::move(*plan);
}

TEST(Sockets, one_for_each_worker_at_one_port)
{
    Sockets sockets(3);
    sockets.commit(planned(sockets, {{any_port()}}));
    ASSERT_EQ(sockets.all().size(), 1u);
    const auto& listener = sockets.all()[0];
    ASSERT_EQ(listener.sockets.size(), 3u);
    for (const auto& socket : listener.sockets) EXPECT_EQ(io::local_address(socket.get()), listener.bound);
}

TEST(Sockets, an_address_that_stays_keeps_its_sockets_and_its_number)
{
    Sockets sockets(1);
    const auto one = *io::Address::parse("127.0.0.1:0");
    const auto two = *io::Address::parse("[::1]:0");
    sockets.commit(planned(sockets, {{one}}));
    const int kept = sockets.all()[0].sockets[0].get();
    auto plan = planned(sockets, {{two, true}, {one}});
    EXPECT_THAT(plan.closed, testing::IsEmpty());
    EXPECT_EQ(plan.order.back(), 1u);
    sockets.commit(std::move(plan));
    plan = planned(sockets, {{one}});
    sockets.commit(std::move(plan));
    ASSERT_EQ(sockets.all().size(), 1u);
    EXPECT_EQ(sockets.all()[0].number, 1u);
    EXPECT_EQ(sockets.all()[0].sockets[0].get(), kept);
}

TEST(Sockets, a_number_is_never_given_again)
{
    Sockets sockets(1);
    sockets.commit(planned(sockets, {{any_port()}}));
    const auto other = *io::Address::parse("127.0.0.2:0");
    auto plan = planned(sockets, {{other}});
    EXPECT_THAT(plan.closed, testing::ElementsAre(1u));
    sockets.commit(std::move(plan));
    plan = planned(sockets, {{any_port()}});
    EXPECT_THAT(plan.order, testing::ElementsAre(3u));
}

TEST(Sockets, what_is_planned_and_not_committed_leaves_nothing)
{
    Sockets sockets(2);
    sockets.commit(planned(sockets, {{any_port()}}));
    io::Address bound;
    {
        const auto plan = planned(sockets, {{any_port()}, {*io::Address::parse("127.0.0.2:0")}});
        bound = plan.opened.at(0).bound;
    }
    EXPECT_TRUE(io::listen_at(bound, {})) << "the port is free again";
    EXPECT_EQ(sockets.all().size(), 1u);
}

TEST(Sockets, a_busy_port_is_a_sentence)
{
    const auto taken = io::listen_at(any_port(), {});
    ASSERT_TRUE(taken);
    const auto address = io::local_address(taken->get());
    Sockets sockets(2);
    const auto plan = sockets.prepare({{address}});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error(), "listen at " + address.text() + ": the port is in use by another program");
}

TEST(Sockets, one_that_is_handed_in_is_taken_and_shared)
{
    auto given = io::listen_at(any_port(), {});
    ASSERT_TRUE(given);
    const auto address = io::local_address(given->get());
    Sockets sockets(3);
    sockets.inherit(std::move(*given), {}, true);
    EXPECT_THAT(sockets.inherited(), testing::ElementsAre(address));
    sockets.commit(planned(sockets, {{address}}));
    ASSERT_EQ(sockets.all().size(), 1u);
    EXPECT_TRUE(sockets.all()[0].is_lent);
    EXPECT_EQ(sockets.all()[0].sockets.size(), 1u);  // it was bound alone: nobody may join
}

TEST(Sockets, those_of_a_predecessor_are_taken_all)
{
    Sockets first(2);
    first.commit(planned(first, {{any_port()}}));
    Sockets second(2);
    ListenerSockets copy = first.all()[0].copy();
    for (auto& socket : copy.sockets) second.inherit(std::move(socket), copy.asked, false);
    second.commit(planned(second, {{any_port()}}));
    EXPECT_EQ(second.all()[0].bound, first.all()[0].bound);
    EXPECT_EQ(second.all()[0].sockets.size(), 2u);
}

}  // namespace
}  // namespace cais::server

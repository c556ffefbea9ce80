// What is remembered of peers: verified passwords, failures, nonces; and that it is bounded.
#include "modules/auth/failures.h"
#include "modules/auth/nonces.h"
#include "modules/auth/remembered.h"

#include <gtest/gtest.h>
#include <vector>

namespace cais::auth {
namespace {

using namespace std::chrono_literals;
const base::Instant start{1h};

User user(std::string name, const char* salt)
{
    User user;
    user.name = std::move(name);
    const std::string phc =
        std::string("$argon2id$v=19$m=64,t=1,p=1$") + salt + "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    user.password = *PasswordHash::parse(phc);
    return user;
}
constexpr const char* salt = "c2FsdHNhbHRzYWx0c2FsdA";
constexpr const char* other_salt = "c2FsdHNhbHRzYWx0c2FsdQ";

TEST(Remembered, for_its_user_its_password_its_time_and_what_is_stored)
{
    Remembered remembered;
    const auto ana = user("ana", salt);
    const auto tag = remembered.tag_of(ana, "secret");
    EXPECT_FALSE(remembered.has(tag, start));
    remembered.add(tag, start);
    EXPECT_TRUE(remembered.has(remembered.tag_of(ana, "secret"), start + 9min));
    EXPECT_FALSE(remembered.has(remembered.tag_of(ana, "secret"), start + Remembered::lifetime));
    EXPECT_FALSE(remembered.has(remembered.tag_of(ana, "secrets"), start));
    EXPECT_FALSE(remembered.has(remembered.tag_of(user("bob", salt), "secret"), start));
    EXPECT_FALSE(remembered.has(remembered.tag_of(user("ana", other_salt), "secret"), start));
}

TEST(Remembered, is_bounded)
{
    Remembered remembered;
    const auto ana = user("ana", salt);
    constexpr int many = 20'000;
    for (int i = 0; i < many; ++i)
        remembered.add(remembered.tag_of(ana, std::to_string(i)), start + std::chrono::milliseconds(i));
    int kept = 0;
    for (int i = 0; i < many; ++i) kept += remembered.has(remembered.tag_of(ana, std::to_string(i)), start + 1min);
    EXPECT_LE(kept, 4096);
    EXPECT_GT(kept, 3000);
    EXPECT_TRUE(remembered.has(remembered.tag_of(ana, std::to_string(many - 1)), start + 1min));
}

io::Address address(const char* text) { return *io::Address::parse(text); }

TEST(Failures, delay_a_second_more_each_up_to_five)
{
    Failures failures;
    const auto from = address("192.0.2.1:1000");
    EXPECT_EQ(failures.delay(from, start), 0s);
    for (const auto want : {1s, 2s, 3s, 4s, 5s, 5s}) {
        failures.add(from, start);
        EXPECT_EQ(failures.delay(from, start), want);
    }
    EXPECT_EQ(failures.delay(address("192.0.2.1:2000"), start), 5s);
    EXPECT_EQ(failures.delay(address("192.0.2.2:1000"), start), 0s);
}

TEST(Failures, a_minute_takes_one_off)
{
    Failures failures;
    const auto from = address("192.0.2.1:1000");
    for (int i = 0; i < 5; ++i) failures.add(from, start);
    EXPECT_EQ(failures.delay(from, start + 59s), 5s);
    EXPECT_EQ(failures.delay(from, start + 60s), 4s);
    EXPECT_EQ(failures.delay(from, start + 4min), 1s);
    EXPECT_EQ(failures.delay(from, start + 5min), 0s);
    failures.add(from, start + 4min);
    EXPECT_EQ(failures.delay(from, start + 4min), 2s);
}

TEST(Failures, one_subscriber_is_one_address)
{
    Failures failures;
    failures.add(address("[2001:db8:1:2::1]:1"), start);
    EXPECT_EQ(failures.delay(address("[2001:db8:1:2:ffff::9]:2"), start), 1s);
    EXPECT_EQ(failures.delay(address("[2001:db8:1:3::1]:1"), start), 0s);
    failures.add(address("[::ffff:192.0.2.1]:1"), start);
    EXPECT_EQ(failures.delay(address("192.0.2.1:1"), start), 1s);
    EXPECT_EQ(failures.delay(address("[::1]:1"), start), 0s);
}

TEST(Failures, are_bounded)
{
    Failures failures;
    const auto nth = [](std::uint32_t i) {
        io::Address from = address("10.0.0.0:0");
        from.ip[1] = static_cast<std::uint8_t>(i >> 16);
        from.ip[2] = static_cast<std::uint8_t>(i >> 8);
        from.ip[3] = static_cast<std::uint8_t>(i);
        return from;
    };
    constexpr std::uint32_t many = 80'000;
    for (std::uint32_t i = 0; i < many; ++i) failures.add(nth(i), start + std::chrono::microseconds(i));
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < many; ++i) kept += failures.delay(nth(i), start + 1s) > 0s;
    EXPECT_LE(kept, 16'384u);
    EXPECT_GT(kept, 12'000u);
}

TEST(Nonces, ours_is_known_by_its_mac)
{
    const Nonces nonces;
    const auto text = nonces.make(start);
    EXPECT_NE(text, nonces.make(start));
    const auto nonce = nonces.read(text);
    EXPECT_TRUE(nonce.is_ours);
    EXPECT_EQ(nonce.made, start);
    EXPECT_FALSE(nonces.read("").is_ours);
    for (std::size_t i = 0; i < text.size() - 1; ++i) {
        auto other = text;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(nonces.read(other).is_ours) << i;
    }
    EXPECT_FALSE(Nonces().read(text).is_ours) << "another process made it";
}

TEST(Nonces, age)
{
    Nonces nonces;
    const auto nonce = nonces.read(nonces.make(start));
    EXPECT_TRUE(nonces.use(nonce, 1, "ana", start + 4min));
    EXPECT_FALSE(nonces.use(nonce, 2, "ana", start + Nonces::lifetime));
    EXPECT_FALSE(nonces.use(nonces.read("AAAA"), 1, "ana", start));
}

TEST(Nonces, s3_4_a_count_is_used_once)
{
    Nonces nonces;
    const auto nonce = nonces.read(nonces.make(start));
    EXPECT_FALSE(nonces.is_known(nonce, "ana", start));
    struct Step {
        std::uint32_t count;
        bool want;
    };
    constexpr Step steps[] = {
        {1, true},   {1, false},         {5, true},   {3, true},           {3, false},         {2, true},
        {4, true},   {4, false},         {70, true},  {7, true},           {6, false},         {5, false},
        {70, false}, {0xFFFFFFFF, true}, {70, false}, {0xFFFFFFFF, false}, {0xFFFFFFFE, true},
    };
    for (const auto& step : steps) EXPECT_EQ(nonces.use(nonce, step.count, "ana", start), step.want) << step.count;
    EXPECT_TRUE(nonces.is_known(nonce, "ana", start));
    EXPECT_FALSE(nonces.is_known(nonce, "bob", start));
}

TEST(Nonces, what_had_to_be_forgotten_is_never_taken_again)
{
    Nonces nonces;
    std::vector<Nonces::Nonce> used;
    constexpr int many = 20'000;
    for (int i = 0; i < many; ++i) {
        const auto now = start + std::chrono::milliseconds(i);
        used.push_back(nonces.read(nonces.make(now)));
        EXPECT_TRUE(nonces.use(used.back(), 1, "ana", now));
    }
    int known = 0;
    for (const auto& nonce : used) {
        EXPECT_FALSE(nonces.use(nonce, 1, "ana", start + 1min));
        known += nonces.is_known(nonce, "ana", start + 1min);
    }
    EXPECT_LE(known, 4096);
}

}  // namespace
}  // namespace cais::auth

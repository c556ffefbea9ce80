#include "tls/local_certificates.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace cais::tls {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LocalCertificatesTest : public testing::Test {
protected:
    LocalCertificatesTest()
    {
        std::string pattern = (fs::temp_directory_path() / "cais-local-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        authority_ = *Authority::open((folder_ / "authority").string());
        local_ = std::make_unique<LocalCertificates>(authority_, table_, 8h);
    }
    ~LocalCertificatesTest() override { fs::remove_all(folder_); }

    [[nodiscard]] std::shared_ptr<const Certificate> of(const char* host) const
    {
        const auto identity = table_->of(host);
        return identity ? identity->certificates.at(0) : nullptr;
    }

    fs::path folder_;
    base::WallTime start_ = base::wall_now();
    std::shared_ptr<const Authority> authority_;
    std::shared_ptr<Certificates> table_ = std::make_shared<Certificates>();
    std::unique_ptr<LocalCertificates> local_;
};

const LocalCertificates::Site nas = {{"nas.lan", "*.nas.lan"}, {"nas.lan", "*.nas.lan"}};
const LocalCertificates::Site rest = {{"*"}, {"localhost", "127.0.0.1", "::1"}};

TEST_F(LocalCertificatesTest, are_there_for_each_host)
{
    ASSERT_TRUE(local_->set({nas, rest}));
    EXPECT_EQ(of("nas.lan"), of("*.nas.lan"));
    EXPECT_THAT(of("nas.lan")->names(), testing::UnorderedElementsAre("nas.lan", "*.nas.lan"));
    EXPECT_THAT(of("*")->names(), testing::UnorderedElementsAre("localhost", "127.0.0.1", "::1"));
    EXPECT_EQ(of("localhost"), nullptr);
}

TEST_F(LocalCertificatesTest, say_what_is_presented)
{
    EXPECT_TRUE(local_->presented().empty());
    ASSERT_TRUE(local_->set({nas, rest}, start_));
    const auto presented = local_->presented();
    ASSERT_EQ(presented.size(), 2u);
    EXPECT_EQ(presented[0].hosts, nas.hosts);
    EXPECT_EQ(presented[0].not_after, of("nas.lan")->not_after());
    ASSERT_TRUE(local_->renew(start_ + 5h));
    EXPECT_EQ(local_->presented()[1].not_after, of("*")->not_after());
    EXPECT_GT(local_->presented()[0].not_after, presented[0].not_after);
}

TEST_F(LocalCertificatesTest, change_with_the_sites_and_not_without)
{
    ASSERT_TRUE(local_->set({nas, rest}));
    const auto kept = of("*");
    ASSERT_TRUE(local_->set({rest}));
    EXPECT_EQ(of("*"), kept);
    ASSERT_TRUE(local_->set({}));
    EXPECT_NE(of("*"), nullptr);
}

TEST_F(LocalCertificatesTest, leave_when_nobody_asks_any_more)
{
    ASSERT_TRUE(local_->set({nas, rest}));
    ASSERT_TRUE(local_->set({rest}));
    ASSERT_TRUE(local_->renew());
    EXPECT_NE(of("nas.lan"), nullptr);
    ASSERT_TRUE(local_->renew());
    EXPECT_EQ(of("nas.lan"), nullptr);
    EXPECT_NE(of("*"), nullptr);
}

TEST_F(LocalCertificatesTest, stay_when_they_are_wanted_again)
{
    ASSERT_TRUE(local_->set({nas}));
    ASSERT_TRUE(local_->set({}));
    ASSERT_TRUE(local_->renew());
    ASSERT_TRUE(local_->set({nas}));
    ASSERT_TRUE(local_->renew());
    ASSERT_TRUE(local_->renew());
    EXPECT_NE(of("nas.lan"), nullptr);
}

TEST_F(LocalCertificatesTest, host_moves_to_another_site)
{
    ASSERT_TRUE(local_->set({nas}));
    const auto before = of("nas.lan");
    ASSERT_TRUE(local_->set({{{"nas.lan"}, {"nas.lan"}}}));
    EXPECT_NE(of("nas.lan"), before);
}

TEST_F(LocalCertificatesTest, stay_where_a_name_is_refused)
{
    ASSERT_TRUE(local_->set({nas}));
    const auto before = of("nas.lan");
    EXPECT_FALSE(local_->set({rest, {{"example.com"}, {"example.com"}}}));
    EXPECT_EQ(of("nas.lan"), before);
    EXPECT_EQ(of("*"), nullptr);
}

TEST_F(LocalCertificatesTest, are_renewed_in_the_middle)
{
    ASSERT_TRUE(local_->set({nas}, start_));
    const auto first = of("nas.lan");
    ASSERT_TRUE(local_->renew(start_ + 3h));
    EXPECT_EQ(of("nas.lan"), first);
    ASSERT_TRUE(local_->renew(start_ + 4h));
    const auto second = of("nas.lan");
    EXPECT_NE(second, first);
    EXPECT_EQ(of("*.nas.lan"), second);
    EXPECT_EQ(second->not_after(), std::chrono::floor<std::chrono::seconds>(start_ + 12h));
    ASSERT_TRUE(local_->renew(start_ + 5h));
    EXPECT_EQ(of("nas.lan"), second);
}

TEST_F(LocalCertificatesTest, are_renewed_after_a_long_sleep)
{
    ASSERT_TRUE(local_->set({nas}, start_));
    ASSERT_TRUE(local_->renew(start_ + 720h));
    EXPECT_GT(of("nas.lan")->not_after(), start_ + 720h);
}

TEST_F(LocalCertificatesTest, are_renewed_when_the_clock_was_set_back)
{
    ASSERT_TRUE(local_->set({nas}, start_));
    ASSERT_TRUE(local_->renew(start_ - 30min));  // the validity began an hour early
    EXPECT_GT(of("nas.lan")->not_after(), start_ + 7h);
    ASSERT_TRUE(local_->renew(start_ - 30h));
    EXPECT_LT(of("nas.lan")->not_before(), start_ - 30h);
}

}  // namespace
}  // namespace cais::tls

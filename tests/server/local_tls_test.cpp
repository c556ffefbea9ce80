#include "server/local_tls.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace cais::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Site site_of(std::vector<std::string> hosts, std::vector<std::string> listen,
             SiteTls::From from = SiteTls::From::internal)
{
    Site site;
    for (const auto& host : hosts) site.hosts.push_back({*Host::parse(host)});
    for (const auto& address : listen) site.listen.push_back({.address = *io::Address::parse(address), .is_tls = true});
    site.tls.from = from;
    return site;
}

const std::vector<std::string> addresses = {"127.0.0.1", "192.0.2.7", "192.168.1.5", "::1", "fd00::5", "fe80::1"};

std::vector<std::string> names_of(const Site& site, const std::string& machine = "nas")
{
    const auto sites = local_sites({&site, 1}, machine, addresses);
    return sites.empty() ? std::vector<std::string>() : sites.front().names;
}

TEST(LocalSites, of_hosts_that_are_named)
{
    EXPECT_THAT(names_of(site_of({"Nas.lan", "192.168.1.5", "*.dev.lan"}, {"0.0.0.0:443"})),
                ElementsAre("nas.lan", "192.168.1.5", "*.dev.lan"));
}

TEST(LocalSites, of_every_host_on_loopback)
{
    EXPECT_THAT(names_of(site_of({"*"}, {"127.0.0.1:8443", "[::1]:8443"})),
                ElementsAre("localhost", "127.0.0.1", "::1"));
    EXPECT_THAT(names_of(site_of({"*"}, {"127.0.0.2:8443"})),
                ElementsAre("localhost", "127.0.0.1", "::1", "127.0.0.2"));
}

TEST(LocalSites, of_every_host_at_one_address)
{
    EXPECT_THAT(names_of(site_of({"*"}, {"192.168.1.5:8443"})),
                ElementsAre("localhost", "127.0.0.1", "::1", "192.168.1.5", "nas.local"));
}

TEST(LocalSites, of_every_host_everywhere)
{
    EXPECT_THAT(names_of(site_of({"*"}, {"[::]:8443"}), "Nas.home.arpa"),
                ElementsAre("localhost", "127.0.0.1", "::1", "nas.home.arpa", "nas.local", "192.168.1.5", "fd00::5"));
    EXPECT_THAT(names_of(site_of({"*"}, {"0.0.0.0:8443"}), "www.example.com"),
                ElementsAre("localhost", "127.0.0.1", "::1", "www.local", "192.168.1.5", "fd00::5"));
}

TEST(LocalCertificateLines, are_read_as_they_were_written)
{
    const LocalCertificate nas{"nas.lan *.nas.lan", base::Seconds(std::chrono::seconds(1767225600))};
    const LocalCertificate rest{"*", base::Seconds(std::chrono::seconds(0))};
    EXPECT_EQ(line_of(nas), "nas.lan *.nas.lan\t1767225600\n");
    const auto read = local_certificates_in(line_of(nas) + line_of(rest));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].hosts, nas.hosts);
    EXPECT_EQ(read[0].not_after, nas.not_after);
    EXPECT_EQ(read[1].hosts, "*");
    for (const char* other : {"", "\n", "a\t\n", "a\tb\n", "a 1\n", "a\t1", "a\t253402300800\n", "a\t-1\n"})
        EXPECT_TRUE(local_certificates_in(other).empty()) << other;
    EXPECT_EQ(local_certificates_in("x\n" + line_of(nas) + "cut\t17").size(), 1u);
}

TEST(LocalSites, of_a_machine_without_a_name)
{
    EXPECT_THAT(names_of(site_of({"*"}, {"192.168.1.5:8443"}), ""),
                ElementsAre("localhost", "127.0.0.1", "::1", "192.168.1.5"));
}

TEST(LocalSites, not_of_others)
{
    EXPECT_THAT(names_of(site_of({"nas.lan"}, {"0.0.0.0:443"}, SiteTls::From::automatic)), IsEmpty());
    EXPECT_THAT(names_of(site_of({"nas.lan"}, {}, SiteTls::From::internal)), IsEmpty());
}

class LocalTlsTest : public testing::Test {
protected:
    LocalTlsTest()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "cais-state-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        configuration_.state = (folder_ / "state").string();
    }
    ~LocalTlsTest() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
    Configuration configuration_;
    std::shared_ptr<tls::Certificates> table_ = std::make_shared<tls::Certificates>();
    LocalTls local_{table_};
};

TEST_F(LocalTlsTest, nothing_is_made_where_nobody_wants_it)
{
    configuration_.sites = {site_of({"example.com"}, {"0.0.0.0:443"}, SiteTls::From::automatic)};
    ASSERT_TRUE(local_.prepare(configuration_));
    local_.apply(configuration_);
    EXPECT_FALSE(std::filesystem::exists(configuration_.state));
}

TEST_F(LocalTlsTest, certificates_are_there)
{
    configuration_.sites = {site_of({"nas.lan"}, {"127.0.0.1:443"}), site_of({"*"}, {"127.0.0.1:443"})};
    ASSERT_TRUE(local_.prepare(configuration_));
    EXPECT_EQ(table_->of("nas.lan"), nullptr);
    local_.apply(configuration_);
    EXPECT_THAT(table_->of("nas.lan")->certificates.at(0)->names(), ElementsAre("nas.lan"));
    EXPECT_THAT(table_->of("*")->certificates.at(0)->names(), ElementsAre("localhost", "127.0.0.1", "::1"));
}

TEST_F(LocalTlsTest, no_place_for_it)
{
    configuration_.sites = {site_of({"nas.lan"}, {"127.0.0.1:443"})};
    configuration_.state.clear();
    const auto applied = local_.prepare(configuration_);
    ASSERT_FALSE(applied);
    EXPECT_THAT(applied.error(), testing::HasSubstr("HOME"));
    configuration_.state = "/proc/nowhere";
    EXPECT_THAT(local_.prepare(configuration_).error(), testing::HasSubstr("/proc/nowhere"));
}

}  // namespace
}  // namespace cais::server

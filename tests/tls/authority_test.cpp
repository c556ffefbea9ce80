#include "base/text.h"
#include "tls/authority.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cais::tls {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LocalAuthority : public testing::Test {
protected:
    LocalAuthority()
    {
        std::string pattern = (fs::temp_directory_path() / "cais-authority-XXXXXX").string();
        top_ = ::mkdtemp(pattern.data());
        folder_ = (top_ / "state" / "authority").string();
    }
    ~LocalAuthority() override { fs::remove_all(top_); }

    std::shared_ptr<const Authority> made() const
    {
        auto authority = Authority::open(folder_);
        EXPECT_TRUE(authority) << describe(authority.error());
        return authority ? *authority : nullptr;
    }
    [[nodiscard]] fs::path file(const char* name) const { return fs::path(folder_) / name; }
    [[nodiscard]] std::string content(const char* name) const
    {
        std::ifstream stream(file(name));
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void put(const char* name, const std::string& text) const
    {
        std::ofstream(file(name)) << text;
        fs::permissions(file(name), fs::perms::owner_read | fs::perms::owner_write);
    }
    [[nodiscard]] std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    fs::path top_;
    std::string folder_;
};

std::unique_ptr<X509, decltype(&X509_free)> parsed(const std::string& pem)
{
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    return {certificate, X509_free};
}

// What `openssl x509 -text` shows.
std::string shown(const std::string& pem)
{
    BIO* bio = BIO_new(BIO_s_mem());
    X509_print_ex(bio, parsed(pem).get(), XN_FLAG_RFC2253, X509_FLAG_NO_PUBKEY | X509_FLAG_NO_SIGDUMP);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

// X509_V_… of a chain of these two, as a strict client for `host` sees it at `when`.
int verified(const std::string& root, const std::string& leaf, const char* host, base::WallTime when = base::wall_now())
{
    const auto root_certificate = parsed(root);
    const auto leaf_certificate = parsed(leaf);
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, root_certificate.get());
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, leaf_certificate.get(), nullptr);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count());
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1) X509_VERIFY_PARAM_set1_host(parameters, host, 0);
    X509_verify_cert(context);
    const int error = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

// Signs what a thief of root.pem would: any name, as a text of x509v3_config(5).
std::string stolen(const std::string& root_pem, const std::string& names)
{
    const auto root = parsed(root_pem);
    BIO* bio = BIO_new_mem_buf(root_pem.data(), static_cast<int>(root_pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    X509* leaf = X509_new();
    X509_set_version(leaf, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(leaf), 7);
    X509_gmtime_adj(X509_getm_notBefore(leaf), -60);
    X509_gmtime_adj(X509_getm_notAfter(leaf), 3600);
    X509_set_issuer_name(leaf, X509_get_subject_name(root.get()));
    X509_set_pubkey(leaf, key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, root.get(), leaf, nullptr, nullptr, 0);
    const std::array<std::pair<int, std::string>, 4> extensions = {{{NID_basic_constraints, "critical,CA:FALSE"},
                                                                    {NID_subject_alt_name, "critical," + names},
                                                                    {NID_subject_key_identifier, "hash"},
                                                                    {NID_authority_key_identifier, "keyid:always"}}};
    for (const auto& [what, value] : extensions) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
        X509_add_ext(leaf, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(leaf, key, EVP_sha256());
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, leaf);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return pem;
}

const std::vector<std::string> everyday = {"localhost", "127.0.0.1", "::1", "Nas.Local", "*.dev.lan", "fd12::9"};

// The files

TEST_F(LocalAuthority, is_made_once_and_private)
{
    const auto first = made();
    EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(top_ / "state").permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(file("root.pem")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(files(), 2U);
    EXPECT_EQ(content("root.crt"), first->root().certificate);
    EXPECT_EQ(content("root.crt").find("PRIVATE"), std::string::npos);

    const auto second = made();
    EXPECT_EQ(second->root().certificate, first->root().certificate);
    EXPECT_EQ(second->root().fingerprint, first->root().fingerprint);
}

TEST_F(LocalAuthority, read_makes_nothing)
{
    const auto authority = Authority::read(folder_);
    ASSERT_FALSE(authority);
    EXPECT_EQ(authority.error().kind, Error::not_found);
    EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(LocalAuthority, two_have_different_names)
{
    const auto first = made();
    folder_ = (top_ / "other").string();
    const auto second = made();
    EXPECT_TRUE(first->root().name.starts_with("cais local authority "));
    EXPECT_NE(first->root().name, second->root().name);
}

TEST_F(LocalAuthority, root_crt_comes_back)
{
    const auto authority = made();
    fs::remove(file("root.crt"));
    made();
    EXPECT_EQ(content("root.crt"), authority->root().certificate);
    put("root.crt", "something else");
    made();
    EXPECT_EQ(content("root.crt"), authority->root().certificate);
}

TEST_F(LocalAuthority, what_a_killed_process_left_is_removed)
{
    made();
    put(".new-123", "half a ke");
    made();
    EXPECT_EQ(files(), 2U);
}

TEST_F(LocalAuthority, several_at_once_get_the_same)
{
    std::array<std::string, 8> got;
    {
        std::vector<std::jthread> threads;
        for (auto& one : got)
            threads.emplace_back([this, &one] {
                auto authority = Authority::open(folder_);
                one = authority ? (*authority)->root().fingerprint : describe(authority.error());
            });
    }
    EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 1U) << got[0] << "\n" << got[1];
    EXPECT_EQ(content("root.crt"), made()->root().certificate);
    EXPECT_EQ(files(), 2U);
}

// A child makes it again and again and is killed in the middle: what is there is nothing, or all of it.
TEST_F(LocalAuthority, usable_after_kill_9)
{
    for (int round = 0; round < 20; ++round) {
        std::array<int, 2> alive{};
        ASSERT_EQ(::pipe(alive.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            while (true) {
                const auto authority = Authority::open(folder_);
                [[maybe_unused]] const auto told = ::write(alive[1], authority ? "+" : "-", 1);
                std::error_code ignored;
                fs::remove(file("root.pem"), ignored);
            }
        }
        char sign = '-';
        for (int i = 0; i <= round % 3; ++i) ASSERT_EQ(::read(alive[0], &sign, 1), 1);
        ::usleep(static_cast<useconds_t>(37 * round));  // so that the rounds end at different steps
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(alive[0]);
        ::close(alive[1]);
        EXPECT_EQ(sign, '+');
        const auto there = content("root.pem");
        const auto authority = made();
        ASSERT_NE(authority, nullptr);
        if (!there.empty()) {
            EXPECT_EQ(there, content("root.pem"));
        }
        EXPECT_EQ(files(), 2U);
        EXPECT_EQ(content("root.crt"), authority->root().certificate);
    }
}

TEST_F(LocalAuthority, key_that_others_may_read_is_refused)
{
    made();
    fs::permissions(file("root.pem"), fs::perms::others_read, fs::perm_options::add);
    const auto authority = Authority::open(folder_);
    ASSERT_FALSE(authority);
    EXPECT_EQ(authority.error().kind, Error::denied);
    fs::permissions(file("root.pem"), fs::perms(0640));
    EXPECT_TRUE(Authority::open(folder_));
}

TEST_F(LocalAuthority, folder_that_others_may_write_is_refused)
{
    made();
    fs::permissions(folder_, fs::perms::others_write, fs::perm_options::add);
    const auto authority = Authority::open(folder_);
    ASSERT_FALSE(authority);
    EXPECT_EQ(authority.error().kind, Error::denied);
    fs::permissions(folder_, fs::perms(0755));
    EXPECT_TRUE(Authority::open(folder_));
}

TEST_F(LocalAuthority, broken_files_are_refused_and_stay)
{
    const auto authority = made();
    const auto whole = content("root.pem");
    const auto key_at = whole.find("-----BEGIN PRIVATE");
    folder_ = (top_ / "other").string();
    made();
    const auto other = content("root.pem");
    const auto leaf = authority->issue(everyday, 24h);
    ASSERT_TRUE(leaf);
    for (const auto& wrong :
         {std::string(), std::string("x"), whole.substr(0, key_at), whole.substr(key_at),
          whole.substr(0, whole.size() - 90), whole.substr(0, key_at) + other.substr(other.find("-----BEGIN PRIVATE")),
          leaf->certificate + leaf->key, std::string(100'000, 'x')}) {
        put("root.pem", wrong);
        const auto got = Authority::open(folder_);
        ASSERT_FALSE(got) << wrong;
        EXPECT_EQ(got.error().kind, Error::malformed) << describe(got.error());
        EXPECT_EQ(content("root.pem"), wrong);
    }
}

TEST_F(LocalAuthority, expired_is_said)
{
    const auto authority = made();
    const auto late = Authority::open(folder_, authority->root().not_after + 1s);
    ASSERT_FALSE(late);
    EXPECT_NE(describe(late.error()).find("expired"), std::string::npos);
}

TEST_F(LocalAuthority, folder_that_cannot_be_made)
{
    std::ofstream(top_ / "state") << "a file";
    const auto authority = Authority::open(folder_);
    ASSERT_FALSE(authority);
    EXPECT_NE(describe(authority.error()).find("folder"), std::string::npos);
}

// The root

TEST_F(LocalAuthority, rfc5280_root)
{
    const auto authority = made();
    const auto text = shown(authority->root().certificate);
    for (const char* want : {"Version: 3",
                             "ecdsa-with-SHA256",
                             "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0",
                             "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
                             "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
                             "X509v3 Name Constraints: critical\n",
                             "X509v3 Subject Key Identifier",
                             "X509v3 Authority Key Identifier",
                             "DNS:localhost\n",
                             "DNS:local\n",
                             "DNS:lan\n",
                             "DNS:internal\n",
                             "DNS:home.arpa\n",
                             "DNS:test\n",
                             "IP:127.0.0.0/255.0.0.0",
                             "IP:10.0.0.0/255.0.0.0",
                             "IP:172.16.0.0/255.240.0.0",
                             "IP:192.168.0.0/255.255.0.0",
                             "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
                             "IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0",
                             "email:invalid",
                             "URI:invalid"})
        EXPECT_NE(text.find(want), std::string::npos) << want << "\nin\n" << text;
    const auto root = parsed(authority->root().certificate);
    EXPECT_EQ(ASN1_STRING_length(X509_get0_serialNumber(root.get())), 20);
    EXPECT_EQ(verified(authority->root().certificate, authority->root().certificate, "localhost"),
              X509_V_ERR_INVALID_PURPOSE);
    const auto years =
        std::chrono::duration_cast<std::chrono::days>(authority->root().not_after - base::wall_now()).count();
    EXPECT_GE(years, 3650);
    EXPECT_LE(years, 3653);
}

// Leaves

TEST_F(LocalAuthority, leaf_is_good_for_each_of_its_names)
{
    const auto authority = made();
    const auto leaf = authority->issue(everyday, 24h);
    ASSERT_TRUE(leaf);
    for (const char* host : {"localhost", "127.0.0.1", "::1", "nas.local", "any.dev.lan", "fd12::9"})
        EXPECT_EQ(verified(authority->root().certificate, leaf->certificate, host), X509_V_OK) << host;
    EXPECT_EQ(verified(authority->root().certificate, leaf->certificate, "other.local"), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(verified(authority->root().certificate, leaf->certificate, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_F(LocalAuthority, leaf_of_addresses_alone)
{
    const auto authority = made();
    const auto leaf = authority->issue(std::vector<std::string>{"192.168.1.5", "::1"}, 24h);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(verified(authority->root().certificate, leaf->certificate, "192.168.1.5"), X509_V_OK);
}

TEST_F(LocalAuthority, rfc5280_leaf)
{
    const auto authority = made();
    const auto leaf = authority->issue(everyday, 24h);
    ASSERT_TRUE(leaf);
    const auto text = shown(leaf->certificate);
    for (const char* want : {"Version: 3", "X509v3 Basic Constraints: critical\n                CA:FALSE",
                             "X509v3 Key Usage: critical\n                Digital Signature\n",
                             "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
                             "X509v3 Subject Alternative Name: critical\n                DNS:localhost, IP "
                             "Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, "
                             "DNS:nas.local, DNS:*.dev.lan, IP Address:FD12:0:0:0:0:0:0:9\n",
                             "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"})
        EXPECT_NE(text.find(want), std::string::npos) << want << "\nin\n" << text;
    EXPECT_EQ(ASN1_STRING_length(X509_get0_serialNumber(parsed(leaf->certificate).get())), 20);
}

TEST_F(LocalAuthority, each_leaf_has_its_own_key_and_number)
{
    const auto authority = made();
    const auto first = authority->issue(everyday, 24h);
    const auto second = authority->issue(everyday, 24h);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->key, second->key);
    EXPECT_NE(0, ASN1_INTEGER_cmp(X509_get0_serialNumber(parsed(first->certificate).get()),
                                  X509_get0_serialNumber(parsed(second->certificate).get())));
}

TEST_F(LocalAuthority, leaf_is_valid_from_a_little_earlier_until_its_end)
{
    const auto authority = made();
    const auto now = base::wall_now();
    const auto leaf = authority->issue(everyday, 24h, now);
    ASSERT_TRUE(leaf);
    const auto at = [&](base::Duration when) {
        return verified(authority->root().certificate, leaf->certificate, "localhost", now + when);
    };
    EXPECT_EQ(at(-59min), X509_V_OK);
    EXPECT_EQ(at(-61min), X509_V_ERR_CERT_NOT_YET_VALID);
    EXPECT_EQ(at(24h - 1s), X509_V_OK);
    EXPECT_EQ(at(24h + 1s), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(leaf->not_after, std::chrono::floor<std::chrono::seconds>(now + 24h));
}

TEST_F(LocalAuthority, leaf_never_outlives_the_root)
{
    const auto authority = made();
    const auto leaf = authority->issue(everyday, 24h, authority->root().not_after - 2h);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(leaf->not_after, authority->root().not_after);
}

TEST_F(LocalAuthority, other_names_are_refused)
{
    const auto authority = made();
    for (const char* name : {"example.com", "*.example.com", "8.8.8.8", "nas", "", "localhost,DNS:example.com"}) {
        const auto leaf = authority->issue(std::vector<std::string>{"localhost", name}, 24h);
        ASSERT_FALSE(leaf) << name;
        EXPECT_EQ(leaf.error().kind, Error::denied);
    }
    EXPECT_FALSE(authority->issue(std::vector<std::string>{}, 24h));
    EXPECT_FALSE(authority->issue(std::vector<std::string>(101, "localhost"), 24h));
}

// RFC 5280 §4.2.1.10: whoever has stolen the key cannot impersonate the web.

struct Theft {
    const char* name;
    const char* names;
    const char* host;
    int want;
};

class StolenKey : public LocalAuthority, public testing::WithParamInterface<Theft> {};

TEST_P(StolenKey, rfc5280_4_2_1_10)
{
    const auto authority = made();
    EXPECT_EQ(verified(authority->root().certificate, stolen(content("root.pem"), GetParam().names), GetParam().host),
              GetParam().want);
}

constexpr Theft thefts[] = {
    {"local_name", "DNS:a.lan", "a.lan", X509_V_OK},
    {"the_web", "DNS:example.com", "example.com", X509_V_ERR_PERMITTED_VIOLATION},
    {"the_web_beside_a_local_name", "DNS:localhost,DNS:example.com", "localhost", X509_V_ERR_PERMITTED_VIOLATION},
    {"wildcard", "DNS:*.example.com", "www.example.com", X509_V_ERR_PERMITTED_VIOLATION},
    {"like_a_local_name", "DNS:evillan", "evillan", X509_V_ERR_PERMITTED_VIOLATION},
    {"single_label", "DNS:nas", "nas", X509_V_ERR_PERMITTED_VIOLATION},
    {"public_ip4", "IP:8.8.8.8", "8.8.8.8", X509_V_ERR_PERMITTED_VIOLATION},
    {"public_ip6", "IP:2001:4860:4860::8888", "2001:4860:4860::8888", X509_V_ERR_PERMITTED_VIOLATION},
    {"mail", "email:ana@example.com,DNS:localhost", "localhost", X509_V_ERR_PERMITTED_VIOLATION},
    {"uri", "URI:https://example.com/,DNS:localhost", "localhost", X509_V_ERR_PERMITTED_VIOLATION},
};
INSTANTIATE_TEST_SUITE_P(, StolenKey, testing::ValuesIn(thefts), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::tls

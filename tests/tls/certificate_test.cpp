#include "issuing.h"
#include "tls/certificate.h"
#include "tls/certificates.h"
#include "tls/client_rules.h"

#include <cstdio>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace cais::tls {
namespace {

using test::issue;
using test::Issued;
using test::Wanted;

class Folder {
public:
    Folder() { EXPECT_NE(::mkdtemp(path_), nullptr); }
    ~Folder()
    {
        for (const auto& file : files_) std::remove(file.c_str());
        ::rmdir(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string write(const std::string& name, const std::string& content, mode_t mode = 0600)
    {
        files_.push_back(std::string(path_) + "/" + name);
        std::ofstream(files_.back()) << content;
        ::chmod(files_.back().c_str(), mode);
        return files_.back();
    }

private:
    char path_[32] = "/tmp/cais-certificate-XXXXXX";
    std::vector<std::string> files_;
};

TEST(Certificate, says_what_it_is)
{
    const Issued authority = test::authority();
    const Issued issued = issue({.subject = "Ana",
                                 .names = "DNS:Example.com,DNS:*.example.com,IP:127.0.0.1,IP:2001:db8::1,email:a@b.c",
                                 .responder = "http://ocsp.example/"},
                                &authority);
    const auto made = Certificate::from_pem(issued.chain() + authority.chain(), issued.key_text());
    ASSERT_TRUE(made) << made.error().what;
    const Certificate& certificate = **made;
    EXPECT_EQ(certificate.names(),
              (std::vector<std::string>{"example.com", "*.example.com", "127.0.0.1", "2001:db8::1"}));
    EXPECT_EQ(certificate.subject(), "CN=Ana");
    EXPECT_EQ(certificate.issuer(), "CN=authority");
    EXPECT_EQ(certificate.key_kind(), Certificate::KeyKind::ecdsa);
    EXPECT_EQ(certificate.responder(), "http://ocsp.example/");
    EXPECT_EQ(certificate.digest().size(), 64u);
    EXPECT_EQ(certificate.not_after() - certificate.not_before(), std::chrono::days(90));
    for (const char* name : {"example.com", "a.example.com", "127.0.0.1", "2001:db8:0::1"})
        EXPECT_TRUE(certificate.is_for(name)) << name;
    for (const char* name : {"a.b.example.com", "example.org", "127.0.0.2", "Ana"})
        EXPECT_FALSE(certificate.is_for(name)) << name;
}

TEST(Certificate, what_is_refused)
{
    const Issued one = issue({}), other = issue({}), small = issue({.key = Wanted::small_rsa});
    struct Case {
        std::string chain, key;
        Error::Kind kind;
        const char* what;
    };
    const Case cases[] = {
        {one.chain(), other.key_text(), Error::malformed,
         "the key does not belong to the first certificate of the chain"},
        {"", one.key_text(), Error::malformed, "no start line"},
        {"nothing", one.key_text(), Error::malformed, "no start line"},
        {one.key_text(), one.key_text(), Error::malformed, "no start line"},
        {one.chain(), one.chain(), Error::malformed, ""},
        {one.chain() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", one.key_text(),
         Error::malformed, ""},
        {small.chain(), small.key_text(), Error::unsupported, "an RSA key of less than 2048 bits"},
    };
    for (const auto& row : cases) {
        const auto made = Certificate::from_pem(row.chain, row.key);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().kind, row.kind) << made.error().what;
        if (*row.what != '\0') EXPECT_STREQ(made.error().what, row.what);
    }
}

TEST(Certificate, an_encrypted_key_asks_nobody)
{
    const Issued issued = issue({});
    const BioHandle memory(BIO_new(BIO_s_mem()));
    char word[] = "secret";
    PEM_write_bio_PrivateKey(memory.get(), issued.key.get(), EVP_aes_128_cbc(), reinterpret_cast<unsigned char*>(word),
                             6, nullptr, nullptr);
    char* octets = nullptr;
    const long length = BIO_get_mem_data(memory.get(), &octets);
    const auto made = Certificate::from_pem(issued.chain(), {octets, static_cast<std::size_t>(length)});
    ASSERT_FALSE(made);
    EXPECT_STREQ(made.error().what, "the key is encrypted; write it without a passphrase");
}

TEST(KeyFile, any_permission_for_others_is_refused)
{
    const Issued issued = issue({});
    Folder folder;
    const auto chain = folder.write("chain.pem", issued.chain(), 0644);
    const auto key = folder.write("key.pem", issued.key_text());
    for (const mode_t mode : {0600, 0640, 0440, 0660, 0400}) {
        ::chmod(key.c_str(), mode);
        EXPECT_TRUE(Certificate::load(chain, key)) << std::oct << mode;
    }
    for (const mode_t mode : {0644, 0604, 0602, 0601, 0666, 0777}) {
        ::chmod(key.c_str(), mode);
        const auto loaded = Certificate::load(chain, key);
        ASSERT_FALSE(loaded) << std::oct << mode;
        EXPECT_EQ(loaded.error().kind, Error::denied);
    }
    EXPECT_EQ(Certificate::load(chain, "/nonexistent").error().kind, Error::not_found);
    EXPECT_EQ(Certificate::load(chain, "/tmp").error().kind, Error::unsupported);
}

TEST(ClientRules, the_same_rules_have_the_same_id)
{
    const Issued one = test::authority(), other = test::authority();
    using Verify = ClientRules::Verify;
    const auto id = [](const std::string& authority, Verify verify) {
        return (*ClientRules::from_pem(authority, verify))->id();
    };
    EXPECT_EQ(id(one.chain(), Verify::required), id(one.chain() + "\n# a comment\n", Verify::required));
    EXPECT_NE(id(one.chain(), Verify::required), id(one.chain(), Verify::optional));
    EXPECT_NE(id(one.chain(), Verify::required), id(other.chain(), Verify::required));
    EXPECT_NE(id(one.chain(), Verify::required), id(one.chain() + other.chain(), Verify::required));
    EXPECT_NE(id(one.chain(), Verify::required), 0u);
}

TEST(ClientRules, fail_closed)
{
    EXPECT_EQ(ClientRules::load("/nonexistent", ClientRules::Verify::optional).error().kind, Error::not_found);
    EXPECT_FALSE(ClientRules::from_pem("", ClientRules::Verify::required));
    EXPECT_FALSE(ClientRules::from_pem(issue({}).key_text(), ClientRules::Verify::required));
    EXPECT_FALSE(ClientRules::from_pem(test::authority().chain() +
                                           "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                       ClientRules::Verify::required));
}

TEST(Certificates, side_by_side_and_by_name)
{
    const auto make = [](Wanted wanted) {
        const Issued issued = issue(wanted);
        return *Certificate::from_pem(issued.chain(), issued.key_text());
    };
    const auto ec = make({}), newer = make({}), rsa = make({.key = Wanted::rsa}), wild = make({});
    Certificates table;
    Certificates::Reader reader(table);
    EXPECT_EQ(reader.find("a.test"), nullptr);
    table.put("a.test", ec);
    table.put("a.test", rsa);
    ASSERT_NE(reader.find("a.test"), nullptr);
    EXPECT_EQ(reader.find("a.test")->certificates.size(), 2u);
    table.put("a.test", newer);
    EXPECT_EQ(reader.find("a.test")->certificates, (std::vector<std::shared_ptr<const Certificate>>{rsa, newer}));
    table.put("*.w.test", wild);
    EXPECT_NE(reader.find("x.w.test"), nullptr);
    EXPECT_EQ(reader.find("w.test"), nullptr);
    EXPECT_EQ(reader.find("x.y.w.test"), nullptr);
    EXPECT_EQ(table.all().size(), 3u);
    table.put_challenge("a.test", wild);
    EXPECT_EQ(reader.find_challenge("a.test")->certificates.front(), wild);
    EXPECT_EQ(reader.find_challenge("b.test"), nullptr);
    table.remove_challenge("a.test");
    EXPECT_EQ(reader.find_challenge("a.test"), nullptr);
    table.remove("a.test");
    EXPECT_EQ(reader.find("a.test"), nullptr);
    EXPECT_EQ(table.of("*.w.test")->certificates.front(), wild);
}

}  // namespace
}  // namespace cais::tls

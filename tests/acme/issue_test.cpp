#include "acme/certificate_request.h"
#include "acme/challenges.h"
#include "acme/issue.h"
#include "acme/key.h"
#include "acme/state.h"
#include "io/files.h"
#include "tls/authority.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace cais::acme {
namespace {

std::string new_folder()
{
    std::string name = testing::TempDir() + "/acme.XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    return name;
}

const tls::Authority& authority()
{
    static const auto made = tls::Authority::open(new_folder());
    return **made;
}

Issue issue_for(const std::string& name)
{
    const std::string names[] = {name};
    auto leaf = authority().issue(names, std::chrono::hours(24));
    EXPECT_TRUE(leaf);
    Issue issue;
    issue.name = {name};
    issue.authority = "https://a.test/directory";
    issue.challenge = "http-01";
    issue.key = leaf->key;
    issue.chain = leaf->certificate + authority().root().certificate;
    return issue;
}

TEST(AcmeIssue, what_was_asked_for_is_taken)
{
    for (const char* name : {"a.test", "*.a.test", "127.0.0.1", "::1"}) {
        Issue issue = issue_for(name);
        const auto checked = issue.check();
        ASSERT_TRUE(checked) << name << ": " << checked.error().what;
        EXPECT_EQ(issue.issuer.substr(0, 20), "cais local authority");
        EXPECT_GT(issue.lifetime(), std::chrono::hours(24));
        EXPECT_NE(issue.id.find('.'), std::string::npos);
    }
}

TEST(AcmeIssue, anything_else_is_not)
{
    const auto refused = [](Issue issue) {
        const auto checked = issue.check();
        return checked ? std::string("taken") : std::string(checked.error().what);
    };
    const Issue good = issue_for("a.test");
    const Issue other = issue_for("b.test");
    Issue bad = good;
    bad.name = {"b.test"};
    EXPECT_EQ(refused(bad), "the certificate is for another name");
    bad.name = {"*.a.test"};
    EXPECT_EQ(refused(bad), "the certificate is for another name");
    bad = issue_for("*.a.test");
    bad.name = {"*.b.test"};
    EXPECT_EQ(refused(bad), "the certificate is for another name");
    bad = good;
    bad.key = other.key;
    EXPECT_EQ(refused(bad), "the certificate is for another key");
    bad = good;
    bad.chain = other.chain.substr(0, other.chain.find("-----END")) + good.chain;
    EXPECT_NE(refused(bad), "taken");
    bad = good;
    bad.chain = good.chain.substr(0, good.chain.find("-----BEGIN", 5)) + other.chain;
    EXPECT_EQ(refused(bad), "its chain is no chain: one does not sign the one before");
    bad.chain = "";
    EXPECT_EQ(refused(bad), "it holds no certificate");
    bad = good;
    bad.key = "";
    EXPECT_NE(refused(bad), "taken");
    for (std::size_t end = 0; end < good.chain.find("-----END") + 20; end += 7) {
        bad = good;
        bad.chain = good.chain.substr(0, end);
        EXPECT_NE(refused(bad), "taken");
    }
    bad = good;
    bad.chain.clear();
    for (int i = 0; i < 20; ++i) bad.chain += authority().root().certificate;
    EXPECT_EQ(refused(bad), "its chain is too long");
}

TEST(AcmeIssue, is_one_file)
{
    const Issue good = issue_for("a.test");
    const std::string file = good.file();
    const auto read = Issue::parse(file);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, good.name);
    EXPECT_EQ(read->authority, good.authority);
    EXPECT_EQ(read->challenge, good.challenge);
    EXPECT_EQ(read->file(), file);
    // Part of one is none, but for what stands behind the first certificate's end.
    const std::size_t whole = file.find("-----END CERTIFICATE-----") + 25;
    for (std::size_t end = 0; end < whole; end += 11) EXPECT_FALSE(Issue::parse(file.substr(0, end))) << end;
}

// §4.1's own example.
TEST(Rfc9773Id, s4_1)
{
    const X509Certificate made(X509_new());
    auto key = make_key();
    const unsigned char identifier[] = {0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3,
                                        0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8, 0xD4};
    AUTHORITY_KEYID* id = AUTHORITY_KEYID_new();
    id->keyid = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(id->keyid, identifier, sizeof identifier);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), 0x87654321);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key->get());
    X509_add1_ext_i2d(made.get(), NID_authority_key_identifier, id, 0, 0);
    AUTHORITY_KEYID_free(id);
    GENERAL_NAMES* names = GENERAL_NAMES_new();
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, "a.test", 6);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(made.get(), NID_subject_alt_name, names, 1, 0);
    GENERAL_NAMES_free(names);
    X509_sign(made.get(), key->get(), EVP_sha256());
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), made.get());
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);

    Issue issue;
    issue.name = {"a.test"};
    issue.key = *to_pem(*key);
    issue.chain.assign(data, static_cast<std::size_t>(length));
    const auto checked = issue.check();
    ASSERT_TRUE(checked) << checked.error().what;
    EXPECT_EQ(issue.id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
}

TEST(AcmeName, kinds_and_forms)
{
    EXPECT_EQ((Name{"example.org"}.type()), "dns");
    EXPECT_EQ((Name{"192.0.2.1"}.type()), "ip");
    EXPECT_EQ((Name{"2001:db8::1"}.type()), "ip");
    EXPECT_EQ((Name{"*.example.org"}.base()), "example.org");
    EXPECT_EQ((Name{"*.example.org"}.file_name()), "_wildcard.example.org");
    // RFC 8738 §6
    EXPECT_EQ((Name{"example.org"}.server_name()), "example.org");
    EXPECT_EQ((Name{"192.0.2.1"}.server_name()), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ((Name{"2001:db8::1"}.server_name()),
              "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(Rfc8555Request, s7_4_names_what_is_wanted)
{
    for (const char* name : {"a.test", "*.a.test", "127.0.0.1", "::1"}) {
        auto key = make_key();
        auto der = certificate_request(*key, {name});
        ASSERT_TRUE(der);
        const auto* at = reinterpret_cast<const unsigned char*>(der->data());
        const X509Request request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der->size())));
        ASSERT_TRUE(request);
        EXPECT_EQ(X509_REQ_verify(request.get(), key->get()), 1);
        STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request.get());
        ASSERT_EQ(sk_X509_EXTENSION_num(extensions), 1);
        EXPECT_EQ(OBJ_obj2nid(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, 0))), NID_subject_alt_name);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    }
}

TEST(Rfc8737Certificate, s3_has_the_digest_and_the_name_alone)
{
    auto made = challenge_certificate({"a.test"}, "token.thumbprint");
    ASSERT_TRUE(made);
    const Bio bio(BIO_new_mem_buf(made->certificate.data(), static_cast<int>(made->certificate.size())));
    const X509Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ASSERT_TRUE(certificate);
    ASSERT_EQ(X509_get_ext_count(certificate.get()), 2);
    ASN1_OBJECT* wanted = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
    const int at = X509_get_ext_by_OBJ(certificate.get(), wanted, -1);
    ASN1_OBJECT_free(wanted);
    ASSERT_GE(at, 0);
    X509_EXTENSION* extension = X509_get_ext(certificate.get(), at);
    EXPECT_EQ(X509_EXTENSION_get_critical(extension), 1);
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(ASN1_STRING_length(value))),
              "\x04\x20" + sha256("token.thumbprint"));
    EXPECT_EQ(X509_check_host(certificate.get(), "a.test", 0, 0, nullptr), 1);
}

TEST(AcmeChallenges, are_found_while_they_are_there)
{
    Challenges challenges;
    EXPECT_FALSE(challenges.find("abc"));
    challenges.put("abc", "abc.print");
    EXPECT_EQ(challenges.find("abc"), "abc.print");
    for (const char* token : {"", "ab", "abc/", "abcd"}) EXPECT_FALSE(challenges.find(token)) << token;
    challenges.remove("abc");
    challenges.remove("abc");
    EXPECT_FALSE(challenges.find("abc"));
}

TEST(AcmeState, is_there_again)
{
    const std::string folder = new_folder() + "/acme";
    const State state(folder);
    ASSERT_TRUE(state.prepare());
    ASSERT_TRUE(state.prepare());

    EXPECT_EQ(state.account("https://a/").error().kind, Error::not_found);
    ASSERT_TRUE(state.save(Account{"https://a/", "key\n\"", "https://a/1"}));
    ASSERT_TRUE(state.save(Account{"https://b/", "other", ""}));
    EXPECT_EQ(state.account("https://a/")->key, "key\n\"");
    EXPECT_EQ(state.account("https://a/")->url, "https://a/1");
    EXPECT_EQ(state.account("https://b/")->url, "");

    const PendingOrder order{{"*.a.test"}, "https://a/", "https://a/o", "dns-01", "key"};
    ASSERT_TRUE(state.save(order));
    EXPECT_EQ(state.order({"*.a.test"})->url, "https://a/o");
    EXPECT_EQ(state.order({"a.test"}).error().kind, Error::not_found);
    ASSERT_TRUE(state.forget_order({"*.a.test"}));
    EXPECT_EQ(state.order({"*.a.test"}).error().kind, Error::not_found);

    ASSERT_TRUE(state.save(issue_for("a.test")));
    ASSERT_TRUE(state.save(issue_for("*.a.test")));
    EXPECT_TRUE(state.issue({"*.a.test"}));
    ASSERT_TRUE(io::replace_file(folder + "/certificates/b.test.pem", "broken"));
    ASSERT_TRUE(io::replace_file(folder + "/certificates/.b.test.pem.abcdef", "left over"));
    const auto listed = state.issues();
    ASSERT_EQ(listed.size(), 3u);
    EXPECT_EQ(listed[0].issue->name.text, "*.a.test");
    EXPECT_EQ(listed[1].issue->name.text, "a.test");
    EXPECT_FALSE(listed[2].issue);
}

TEST(AcmeState, a_file_under_another_s_name_is_not_taken)
{
    const std::string folder = new_folder();
    const State state(folder);
    ASSERT_TRUE(state.prepare());
    ASSERT_TRUE(io::replace_file(folder + "/certificates/b.test.pem", issue_for("a.test").file()));
    EXPECT_EQ(state.issue({"b.test"}).error().kind, Error::malformed);
    for (const char* text : {"", "[]", "{}", R"({"name":1})", R"({"name":"b.test"})"}) {
        ASSERT_TRUE(io::replace_file(folder + "/orders/b.test.json", text));
        EXPECT_EQ(state.order({"b.test"}).error().kind, Error::malformed) << text;
    }
}

}  // namespace
}  // namespace cais::acme

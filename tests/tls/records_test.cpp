// The records of TLS 1.3 against an independent maker of them; accept_test.cpp has OpenSSL's own on the other side.
#include "tls/openssl.h"
#include "tls/records.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>

namespace cais::tls {
namespace {

Secret secret_of(unsigned char fill)
{
    Secret secret;
    secret.fill(fill);
    return secret;
}

// RFC 8446 §7.1 by OpenSSL's own derivation, and a record of any inner type and padding.
struct Maker {
    Secret secret;
    std::uint64_t sequence = 0;

    std::string derive(const char* label, std::size_t bytes) const
    {
        EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "TLS13-KDF", nullptr);
        EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
        std::string prefix = "tls13 ", name = label, to(bytes, '\0'), empty, digest = "SHA256",
                    key(reinterpret_cast<const char*>(secret.data()), 32);
        int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix.data(), prefix.size()),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, name.data(), name.size()),
            OSSL_PARAM_construct_end()};
        EXPECT_EQ(EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(to.data()), bytes, parameters), 1);
        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return to;
    }
    void next_key()
    {
        const std::string next = derive("traffic upd", 32);
        std::copy(next.begin(), next.end(), secret.begin());
        sequence = 0;
    }
    // `inner`: content, its type and padding.
    std::string seal(std::string inner, unsigned char outer = 23)
    {
        const std::string key = derive("key", 16);
        std::string iv = derive("iv", 12);
        for (std::size_t i = 0; i < 8; ++i)
            iv[11 - i] = static_cast<char>(iv[11 - i] ^ static_cast<char>(sequence >> (8 * i)));
        ++sequence;
        const std::size_t length = inner.size() + 16;
        std::string record = {static_cast<char>(outer), 3, 3, static_cast<char>(length >> 8),
                              static_cast<char>(length)};
        EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
        int written = 0;
        std::string sealed(length, '\0');
        auto* to = reinterpret_cast<unsigned char*>(sealed.data());
        EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, reinterpret_cast<const unsigned char*>(key.data()),
                           reinterpret_cast<const unsigned char*>(iv.data()));
        EVP_EncryptUpdate(context, nullptr, &written, reinterpret_cast<const unsigned char*>(record.data()), 5);
        EVP_EncryptUpdate(context, to, &written, reinterpret_cast<const unsigned char*>(inner.data()),
                          static_cast<int>(inner.size()));
        EVP_EncryptFinal_ex(context, to + written, &written);
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, to + inner.size());
        EVP_CIPHER_CTX_free(context);
        return record + sealed;
    }
};

std::unique_ptr<Records> make(std::uint64_t most_with_a_key = 1 << 24)
{
    initialise();
    return Records::make({.suite = suite_of(0x1301),
                          .sending = secret_of(1),
                          .receiving = secret_of(2),
                          .most_with_a_key = most_with_a_key});
}
// Reads what make() writes, and the other way round.
std::unique_ptr<Records> mirrored()
{
    return Records::make({.suite = suite_of(0x1301), .sending = secret_of(2), .receiving = secret_of(1)});
}

using Opened = Records::Opened;
Opened open(Records& records, std::string& record) { return records.open(record); }

struct Case {
    const char* name;
    std::string inner;
    Opened::Kind want;
    Alert alert = Alert::close_notify;
    unsigned char outer = 23;
};
class Rfc8446Record : public testing::TestWithParam<Case> {};
TEST_P(Rfc8446Record, open)
{
    auto records = make();
    Maker maker{secret_of(2)};
    std::string record = maker.seal(GetParam().inner, GetParam().outer);
    ASSERT_EQ(Records::whole_record(record), GetParam().want == Opened::wrong &&
                                                     GetParam().alert == Alert::record_overflow &&
                                                     record.size() > 5 + most_sealed_bytes
                                                 ? record_head_bytes
                                                 : record.size());
    const Opened opened = open(*records, record);
    EXPECT_EQ(opened.kind, GetParam().want);
    EXPECT_EQ(opened.alert, GetParam().alert);
    if (opened.kind == Opened::content)
        EXPECT_EQ(opened.octets, GetParam().inner.substr(0, GetParam().inner.find('\x17')));
}
std::string with(std::string content, char type, std::size_t padding = 0)
{
    return content + type + std::string(padding, '\0');
}
const Case cases[] = {
    {"s5_2_content", with("hello", 23), Opened::content},
    {"s5_4_padded", with("hello", 23, 1000), Opened::content},
    {"s5_1_empty_content_is_nothing", with("", 23, 7), Opened::nothing},
    {"s5_2_the_longest", with(std::string(16384, 'a'), 23), Opened::content},
    {"s5_2_one_more", with(std::string(16385, 'a'), 23), Opened::wrong, Alert::record_overflow},
    {"s5_2_far_more", with(std::string(16700, 'a'), 23), Opened::wrong, Alert::record_overflow},
    {"s5_4_padding_alone", std::string(20, '\0'), Opened::wrong, Alert::unexpected_message},
    {"s5_1_another_outer_type", with("hello", 23), Opened::wrong, Alert::unexpected_message, 22},
    {"s5_a_change_of_cipher_is_over", with("\1", 20), Opened::wrong, Alert::unexpected_message},
    {"s5_an_unknown_type", with("x", 99), Opened::wrong, Alert::unexpected_message},
    {"s6_1_close_notify", with(std::string("\1\0", 2), 21), Opened::closed},
    {"s6_1_close_notify_whatever_its_level", with(std::string("\2\0", 2), 21), Opened::closed},
    {"s6_2_an_error", with("\2\x28", 21), Opened::alerted, Alert{40}},
    {"s6_2_an_error_whatever_its_level", with("\1\x28", 21), Opened::alerted, Alert{40}},
    {"s6_user_canceled_ends_it_too", with("\1\x5a", 21), Opened::alerted, Alert{90}},
    {"s5_1_half_an_alert", with("\2", 21), Opened::wrong, Alert::decode_error},
    {"s5_1_two_alerts", with(std::string("\1\0\1\0", 4), 21), Opened::wrong, Alert::decode_error},
    {"s4_6_3_key_update", with(std::string("\x18\0\0\1\0", 5), 22), Opened::nothing},
    {"s4_6_3_key_update_of_a_third_kind", with(std::string("\x18\0\0\1\2", 5), 22), Opened::wrong, Alert::decode_error},
    {"s5_1_more_behind_a_key_update", with(std::string("\x18\0\0\1\0\x18", 6), 22), Opened::wrong, Alert::decode_error},
    {"s4_1_2_no_second_client_hello", with(std::string("\1\0\0\1\0", 5), 22), Opened::wrong, Alert::unexpected_message},
    {"s4_4_2_no_certificate_that_nobody_asked_for", with(std::string("\x0b\0\0\1\0", 5), 22), Opened::wrong,
     Alert::unexpected_message},
    {"s5_1_an_empty_message", with("", 22), Opened::wrong, Alert::unexpected_message},
};
INSTANTIATE_TEST_SUITE_P(, Rfc8446Record, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Records, s5_2_whatever_octet_changes)
{
    Maker maker{secret_of(2)};
    const std::string record = maker.seal(with("hello", 23));
    for (std::size_t i = 5; i < record.size(); ++i) {
        auto records = make();
        std::string changed = record;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_EQ(open(*records, changed).alert, Alert::bad_record_mac) << i;
    }
    // Too short for what protects it.
    auto records = make();
    std::string tiny("\x17\3\3\0\x10", 5);
    tiny += std::string(16, 'x');
    EXPECT_EQ(open(*records, tiny).alert, Alert::bad_record_mac);
}

TEST(Records, s5_3_none_twice_and_none_left_out)
{
    auto records = make();
    Maker maker{secret_of(2)};
    const std::string first = maker.seal(with("1", 23));
    std::string once = first, again = first;
    EXPECT_EQ(open(*records, once).kind, Opened::content);
    EXPECT_EQ(open(*records, again).kind, Opened::wrong);
    maker.seal(with("2", 23));
    std::string third = maker.seal(with("3", 23));
    EXPECT_EQ(open(*records, third).kind, Opened::wrong);
}

TEST(Records, s4_6_3_both_directions_change_keys)
{
    auto records = make();
    auto other = mirrored();
    Maker maker{secret_of(2)};
    std::string update = maker.seal(with(std::string("\x18\0\0\1\1", 5), 22));
    EXPECT_EQ(open(*records, update).kind, Opened::nothing);
    maker.next_key();
    std::string content = maker.seal(with("new", 23));
    EXPECT_EQ(open(*records, content).octets, "new");
    // Ours comes before our next content, once.
    std::string sealed(Records::room_for(5), '\0');
    const std::string_view hello = "hello";
    sealed.resize(records->seal(sealed.data(), {&hello, 1}));
    const std::size_t length = Records::whole_record(sealed);
    ASSERT_LT(length, sealed.size());
    std::string first = sealed.substr(0, length), second = sealed.substr(length);
    EXPECT_EQ(open(*other, first).kind, Opened::nothing);
    EXPECT_EQ(open(*other, second).octets, "hello");
    std::string more(Records::room_for(5), '\0');
    more.resize(records->seal(more.data(), {&hello, 1}));
    EXPECT_EQ(Records::whole_record(more), more.size());
}

TEST(Records, s5_5_a_key_is_changed_in_time)
{
    auto records = make(3);
    auto other = mirrored();
    const std::string_view pieces[] = {"a", "", "bc"};
    std::size_t updates = 0;
    for (int i = 0; i < 10; ++i) {
        std::string sealed(Records::room_for(3), '\0');
        sealed.resize(records->seal(sealed.data(), pieces));
        while (!sealed.empty()) {
            std::string record = sealed.substr(0, Records::whole_record(sealed));
            sealed.erase(0, record.size());
            const Opened opened = open(*other, record);
            if (opened.kind == Opened::nothing) ++updates;
            else EXPECT_EQ(opened.octets, "abc");
        }
    }
    EXPECT_EQ(updates, 3u);
}

TEST(Records, s5_1_a_record_is_whole_or_not_yet)
{
    Maker maker{secret_of(2)};
    const std::string record = maker.seal(with("hello", 23));
    for (std::size_t bytes = 0; bytes < record.size(); ++bytes)
        EXPECT_EQ(Records::whole_record(std::string_view(record).substr(0, bytes)), 0u) << bytes;
    EXPECT_EQ(Records::whole_record(record + "more"), record.size());
}

TEST(Records, suites_that_we_do_not_speak) { EXPECT_EQ(suite_of(0x1304), nullptr); }

}  // namespace
}  // namespace cais::tls

// What a peer sends once its handshake is done: records of TLS 1.3, with secrets that are fixed. The first octet says
// which suite; then follow steps, each of an octet that says what comes, two of its length, and so many octets:
//
// | the step's kind | what comes                                                                                  |
// | --------------- | ------------------------------------------------------------------------------------------- |
// | 0               | the octets themselves: a record, a part of one, or none                                     |
// | 1               | a record that is protected as it should be; the octets are all that is in it: content, its   |
// |                 | type, padding                                                                               |
// | 2               | the same, of which one octet changes: the first two say which                               |
// | 3               | nothing; we answer instead, with the octets as content, or with an alert where there are none |
//
// A model says what each must come to: content is opened as it was sealed, and only that; a KeyUpdate changes the key;
// what does not decrypt is refused, by the one alert that tells no more than that. What we send is opened by the other
// side, and says the same.
#include "tls/records.h"

#include "tls/openssl.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <string>
#include <string_view>

using namespace cais;
using tls::Alert;
using tls::Records;
using Opened = Records::Opened;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

const unsigned char* bytes_of(std::string_view octets) { return reinterpret_cast<const unsigned char*>(octets.data()); }

struct Kind {
    std::uint16_t number;
    const char* cipher;
    const char* digest;
    std::size_t key_bytes;
    std::size_t secret_bytes;
};
constexpr Kind kinds[] = {{0x1301, "AES-128-GCM", "SHA256", 16, 32},
                          {0x1302, "AES-256-GCM", "SHA384", 32, 48},
                          {0x1303, "ChaCha20-Poly1305", "SHA256", 32, 32}};

// The peer: RFC 8446 §5.2, §7.1 and §7.3 by OpenSSL's own derivation, over whatever is to be inside.
class Peer {
public:
    Peer(const Kind& kind, unsigned char fill)
        : kind_(kind)
        , secret_(kind.secret_bytes, static_cast<char>(fill))
        , context_(EVP_CIPHER_CTX_new())
        , cipher_(EVP_CIPHER_fetch(nullptr, kind.cipher, nullptr))
    {
        set_key();
    }
    ~Peer()
    {
        EVP_CIPHER_free(cipher_);
        EVP_CIPHER_CTX_free(context_);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void next_key()
    {
        secret_ = derive("traffic upd", kind_.secret_bytes);
        set_key();
    }

    std::string seal(std::string_view inner)
    {
        const std::size_t length = inner.size() + 16;
        std::string record = {23, 3, 3, static_cast<char>(length >> 8), static_cast<char>(length)};
        record.resize(record.size() + length);
        std::string nonce = iv_;
        for (std::size_t i = 0; i < 8; ++i)
            nonce[11 - i] = static_cast<char>(nonce[11 - i] ^ static_cast<char>(sequence_ >> (8 * i)));
        ++sequence_;
        auto* const to = reinterpret_cast<unsigned char*>(record.data());
        int written = 0;
        require(EVP_EncryptInit_ex(context_, cipher_, nullptr, bytes_of(key_), bytes_of(nonce)) == 1);
        require(EVP_EncryptUpdate(context_, nullptr, &written, to, 5) == 1);
        require(EVP_EncryptUpdate(context_, to + 5, &written, bytes_of(inner), static_cast<int>(inner.size())) == 1);
        require(EVP_EncryptFinal_ex(context_, to + 5 + inner.size(), &written) == 1);
        require(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, 16, to + 5 + inner.size()) == 1);
        return record;
    }

private:
    std::string derive(const char* label, std::size_t bytes) const
    {
        static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "TLS13-KDF", nullptr);
        EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
        std::string prefix = "tls13 ", name = label, to(bytes, '\0'), digest = kind_.digest, secret = secret_;
        int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix.data(), prefix.size()),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, name.data(), name.size()),
            OSSL_PARAM_construct_end()};
        require(EVP_KDF_derive(context, reinterpret_cast<unsigned char*>(to.data()), bytes, parameters) == 1);
        EVP_KDF_CTX_free(context);
        return to;
    }
    void set_key()
    {
        key_ = derive("key", kind_.key_bytes);
        iv_ = derive("iv", 12);
        sequence_ = 0;
    }

    const Kind& kind_;
    std::string secret_;
    std::string key_;
    std::string iv_;
    std::uint64_t sequence_ = 0;
    EVP_CIPHER_CTX* context_;
    EVP_CIPHER* cipher_;
};

// What an honest record comes to, by what is in it: RFC 8446 §5.1, §5.4, §6, §4.6.3.
struct Expected {
    Opened::Kind kind;
    std::string_view content = {};
    Alert alert = Alert::close_notify;
    bool changes_key = false;
    bool asks_for_ours = false;
};
Expected expected_of(std::string_view inner)
{
    if (inner.size() > tls::most_sealed_bytes - 16) return {Opened::wrong, {}, Alert::record_overflow};
    if (inner.empty()) return {Opened::wrong, {}, Alert::bad_record_mac};  // not even a type
    const auto last = inner.find_last_not_of('\0');
    if (last == std::string_view::npos) return {Opened::wrong, {}, Alert::unexpected_message};
    const std::string_view content = inner.substr(0, last);
    if (content.size() > tls::most_content_bytes) return {Opened::wrong, {}, Alert::record_overflow};
    switch (inner[last]) {
    case 23: return content.empty() ? Expected{Opened::nothing} : Expected{Opened::content, content};
    case 21:
        if (content.size() != 2) return {Opened::wrong, {}, Alert::decode_error};
        return content[1] == 0 ? Expected{Opened::closed}
                               : Expected{Opened::alerted, {}, static_cast<Alert>(content[1])};
    case 22:
        if (content.size() < 4 || content[0] != 24) return {Opened::wrong, {}, Alert::unexpected_message};
        if (content.substr(1, 3) != std::string_view("\0\0\1", 3) || content.size() != 5 ||
            (content[4] != 0 && content[4] != 1))
            return {Opened::wrong, {}, Alert::decode_error};
        return {Opened::nothing, content, Alert::close_notify, true, content[4] == 1};
    default: return {Opened::wrong, {}, Alert::unexpected_message};
    }
}

std::unique_ptr<Records> make(const Kind& kind, unsigned char sending, unsigned char receiving)
{
    Records::Start start{.suite = tls::suite_of(kind.number), .sending = {}, .receiving = {}, .most_with_a_key = 5};
    start.sending.fill(sending);
    start.receiving.fill(receiving);
    return Records::make(start);
}

constexpr unsigned char ours = 1, theirs = 2;

class Conversation {
public:
    explicit Conversation(const Kind& kind)
        : peer_(kind, theirs)
        , records_(make(kind, ours, theirs))
        , other_(make(kind, theirs, ours))
    {
    }

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    // Octets of anybody, of which a whole record is opened; nobody but the peer can make one that is.
    void hear(std::string_view octets)
    {
        const std::size_t bytes = Records::whole_record(octets);
        require(bytes <= octets.size() && bytes <= tls::record_head_bytes + tls::most_sealed_bytes);
        require(bytes == 0 || bytes >= tls::record_head_bytes);
        for (std::size_t cut = 0; cut < std::min<std::size_t>(bytes, tls::record_head_bytes + 1); ++cut)
            require(Records::whole_record(octets.substr(0, cut)) == 0 || cut == bytes);
        if (bytes == 0) return;
        refuse(std::string(octets.substr(0, bytes)));
    }

    void hear_sealed(std::string_view inner)
    {
        const Expected expected = expected_of(inner);
        std::string record = peer_.seal(inner);
        const bool is_too_long = record.size() > tls::record_head_bytes + tls::most_sealed_bytes;
        const std::size_t bytes = Records::whole_record(record);
        require(bytes == (is_too_long ? tls::record_head_bytes : record.size()));
        const Opened opened = records_->open({record.data(), bytes});
        require(opened.kind == expected.kind && opened.alert == expected.alert);
        require(opened.octets == expected.content);
        if (expected.changes_key) peer_.next_key();
        if (expected.asks_for_ours) owes_update_ = true;
        is_over_ = opened.kind != Opened::content && opened.kind != Opened::nothing;
    }

    void hear_changed(std::string_view inner, std::size_t place)
    {
        if (inner.empty() || inner.size() > tls::most_sealed_bytes - 16) return;
        std::string record = peer_.seal(inner);
        // The version (octets 1 and 2) is protected by the tag, the type is looked at before, and with another length
        // it would be another record.
        place = tls::record_head_bytes + place % (record.size() - tls::record_head_bytes);
        record[place] = static_cast<char>(record[place] ^ 0x40);
        refuse(std::move(record));
    }

    void answer(std::string_view content)
    {
        std::string sealed(Records::room_for(content.size()) + tls::seal_bytes + 2, '\0');
        const bool is_alert = content.empty();
        const std::size_t bytes = is_alert ? records_->seal_alert(sealed.data(), Alert::close_notify)
                                           : records_->seal(sealed.data(), {&content, 1});
        require(bytes > 0 && bytes <= sealed.size());
        sealed.resize(bytes);
        bool had_update = false;
        while (!sealed.empty()) {
            const std::size_t length = Records::whole_record(sealed);
            require(length > 0 && length <= sealed.size());
            const Opened opened = other_->open({sealed.data(), length});
            const bool is_last = length == sealed.size();
            if (is_last) require(opened.kind == (is_alert ? Opened::closed : Opened::content));
            else require(opened.kind == Opened::nothing && !had_update);
            if (is_last) require(opened.octets == content);
            had_update = had_update || !is_last;
            sealed.erase(0, length);
        }
        // The peer asked for one: before our next content.
        if (!is_alert && owes_update_) require(had_update);
        if (!is_alert) owes_update_ = false;
        is_over_ = is_over_ || is_alert;
    }

private:
    void refuse(std::string record)
    {
        const unsigned char type = static_cast<unsigned char>(record[0]);
        const Opened opened = records_->open(record);
        require(opened.kind == Opened::wrong && opened.octets.empty());
        if (type != 23) require(opened.alert == Alert::unexpected_message);
        else require(opened.alert == Alert::bad_record_mac || opened.alert == Alert::record_overflow);
        is_over_ = true;
    }

    Peer peer_;
    std::unique_ptr<Records> records_;
    std::unique_ptr<Records> other_;
    bool owes_update_ = false;
    bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    tls::initialise();
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    Conversation conversation(kinds[static_cast<unsigned char>(input.front()) % std::size(kinds)]);
    input.remove_prefix(1);
    while (input.size() >= 3 && !conversation.is_over()) {
        const auto at = [&](std::size_t place) { return static_cast<unsigned char>(input[place]); };
        const unsigned char step = at(0) % 4;
        const std::size_t length = std::min<std::size_t>({std::size_t{at(1)} << 8 | at(2), input.size() - 3, 20'000});
        const std::string_view octets = input.substr(3, length);
        input.remove_prefix(3 + length);
        switch (step) {
        case 0: conversation.hear(octets); break;
        case 1: conversation.hear_sealed(octets); break;
        case 2:
            if (octets.size() < 2) break;
            conversation.hear_changed(octets.substr(2), std::size_t{bytes_of(octets)[0]} << 8 | bytes_of(octets)[1]);
            break;
        default: conversation.answer(octets.substr(0, tls::most_content_bytes)); break;
        }
    }
    return 0;
}

#include "tls/records.h"

#include "tls/openssl.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <openssl/hmac.h>

namespace cais::tls {
namespace {

constexpr std::size_t tag_bytes = 16;
constexpr unsigned char key_update = 24;  // RFC 8446 §4
constexpr unsigned char update_not_requested = 0;
constexpr unsigned char update_requested = 1;
constexpr unsigned char fatal = 2;

// HKDF-Expand-Label of RFC 8446 §7.1 without a context, for at most one block of the hash.
bool expand_label(const Suite& suite, const Secret& secret, std::string_view label,
                  std::span<unsigned char> to) noexcept
{
    assert(to.size() <= suite.secret_bytes && label.size() < 12);
    std::array<unsigned char, 32> info{};
    std::size_t length = 0;
    info[length++] = static_cast<unsigned char>(to.size() >> 8);
    info[length++] = static_cast<unsigned char>(to.size());
    constexpr std::string_view prefix = "tls13 ";
    info[length++] = static_cast<unsigned char>(prefix.size() + label.size());
    for (const std::string_view part : {prefix, label})
        for (const char c : part) info[length++] = static_cast<unsigned char>(c);
    info[length++] = 0;  // the context's length
    info[length++] = 1;  // HKDF-Expand's first block (RFC 5869 §2.3)
    std::array<unsigned char, EVP_MAX_MD_SIZE> block;
    unsigned block_length = 0;
    if (HMAC(suite.hash, secret.data(), static_cast<int>(suite.secret_bytes), info.data(), length, block.data(),
             &block_length) == nullptr)
        return false;
    std::copy_n(block.begin(), to.size(), to.begin());
    OPENSSL_cleanse(block.data(), block.size());
    return true;
}

const Suite* fetched(std::uint16_t number, const char* cipher, const EVP_MD* hash)
{
    const EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, cipher, nullptr);
    if (found == nullptr) return nullptr;
    return new Suite{found, hash, static_cast<std::size_t>(EVP_CIPHER_get_key_length(found)),
                     static_cast<std::size_t>(EVP_MD_get_size(hash)), number};
}

const unsigned char* bytes_of(const char* octets) { return reinterpret_cast<const unsigned char*>(octets); }
unsigned char* bytes_of(char* octets) { return reinterpret_cast<unsigned char*>(octets); }

}  // namespace

const Suite* suite_of(std::uint16_t number)
{
    // Looked up once, for ever.
    static const Suite* const aes_128 = fetched(0x1301, "AES-128-GCM", EVP_sha256());
    static const Suite* const aes_256 = fetched(0x1302, "AES-256-GCM", EVP_sha384());
    static const Suite* const chacha = fetched(0x1303, "ChaCha20-Poly1305", EVP_sha256());
    switch (number) {
    case 0x1301: return aes_128;
    case 0x1302: return aes_256;
    case 0x1303: return chacha;
    default: return nullptr;
    }
}

std::array<char, 2> alert_message(Alert alert) noexcept
{
    // RFC 8446 §6: close_notify alone is no error.
    return {alert == Alert::close_notify ? char{1} : char{fatal}, static_cast<char>(alert)};
}

std::string_view key_update_message() noexcept
{
    static constexpr char message[] = {key_update, 0, 0, 1, update_not_requested};
    return {message, sizeof message};
}

std::unique_ptr<Records> Records::make(const Start& start)
{
    std::unique_ptr<Records> made(new Records);
    made->suite_ = start.suite;
    made->most_content_ = static_cast<std::uint32_t>(start.most_content);
    made->most_with_a_key_ = start.most_with_a_key;
    made->sending_.secret = start.sending;
    made->receiving_.secret = start.receiving;
    if (!made->set_key(made->sending_, true) || !made->set_key(made->receiving_, false)) {
        ERR_clear_error();
        return nullptr;
    }
    made->sending_.sequence = start.sent;
    return made;
}

Records::~Records()
{
    for (Half* half : {&sending_, &receiving_}) {
        EVP_CIPHER_CTX_free(half->context);
        OPENSSL_cleanse(half->secret.data(), half->secret.size());
        OPENSSL_cleanse(half->iv.data(), half->iv.size());
    }
}

// RFC 8446 §7.3.
bool Records::set_key(Half& half, bool seals) noexcept
{
    std::array<unsigned char, 32> key{};
    const std::span<unsigned char> key_octets(key.data(), suite_->key_bytes);
    if (half.context == nullptr) half.context = EVP_CIPHER_CTX_new();
    const bool is_set =
        half.context != nullptr && expand_label(*suite_, half.secret, "key", key_octets) &&
        expand_label(*suite_, half.secret, "iv", half.iv) &&
        EVP_CipherInit_ex(half.context, suite_->cipher, nullptr, key.data(), nullptr, seals ? 1 : 0) == 1;
    OPENSSL_cleanse(key.data(), key.size());
    half.sequence = 0;
    return is_set;
}

// RFC 8446 §7.2.
bool Records::next_secret(Half& half) noexcept
{
    Secret next{};
    if (!expand_label(*suite_, half.secret, "traffic upd", {next.data(), suite_->secret_bytes})) return false;
    half.secret = next;
    OPENSSL_cleanse(next.data(), next.size());
    return true;
}

bool Records::next_key(Half& half, bool seals) noexcept { return next_secret(half) && set_key(half, seals); }

bool Records::sending_key(TrafficKey& to) const noexcept
{
    to.suite = suite_;
    to.sequence = sending_.sequence;
    return expand_label(*suite_, sending_.secret, "key", {to.key.data(), suite_->key_bytes}) &&
           expand_label(*suite_, sending_.secret, "iv", to.iv);
}

void Records::stop_sealing() noexcept
{
    EVP_CIPHER_CTX_free(sending_.context);
    sending_.context = nullptr;
}

bool Records::next_sending_key(TrafficKey& to) noexcept
{
    assert(sending_.context == nullptr);
    owes_update_ = false;
    sending_.sequence = 0;
    return next_secret(sending_) && sending_key(to);
}

namespace {

// RFC 8446 §5.3: the number of the record, into the end of the IV.
std::array<unsigned char, 12> nonce_of(std::array<unsigned char, 12> iv, std::uint64_t sequence)
{
    for (std::size_t i = 0; i < 8; ++i) iv[11 - i] ^= static_cast<unsigned char>(sequence >> (8 * i));
    return iv;
}

}  // namespace

// RFC 8446 §5.2. Not done: padding (§5.4); who watches sizes learns what HTTP's own sizes tell.
std::size_t Records::protect(char* to, ContentType type, std::span<const std::string_view> content) noexcept
{
    std::size_t length = 0;
    for (const auto piece : content) length += piece.size();
    assert(length <= most_content_bytes);
    const std::size_t sealed = length + 1 + tag_bytes;
    unsigned char* const head = bytes_of(to);
    head[0] = static_cast<unsigned char>(ContentType::application_data);
    head[1] = 3;
    head[2] = 3;
    head[3] = static_cast<unsigned char>(sealed >> 8);
    head[4] = static_cast<unsigned char>(sealed);

    EVP_CIPHER_CTX* const context = sending_.context;
    const auto nonce = nonce_of(sending_.iv, sending_.sequence);
    unsigned char* at = head + record_head_bytes;
    int written = 0;
    if (EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) != 1 ||
        EVP_EncryptUpdate(context, nullptr, &written, head, record_head_bytes) != 1)
        return 0;
    for (const auto piece : content) {
        if (piece.empty()) continue;
        if (EVP_EncryptUpdate(context, at, &written, bytes_of(piece.data()), static_cast<int>(piece.size())) != 1)
            return 0;
        at += written;
    }
    const auto inner_type = static_cast<unsigned char>(type);
    if (EVP_EncryptUpdate(context, at, &written, &inner_type, 1) != 1) return 0;
    at += written;
    if (EVP_EncryptFinal_ex(context, at, &written) != 1) return 0;
    at += written;
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, at) != 1) return 0;
    ++sending_.sequence;
    return record_head_bytes + sealed;
}

std::size_t Records::update_key(char* to) noexcept
{
    const std::string_view octets = key_update_message();
    const std::size_t length = protect(to, ContentType::handshake, {&octets, 1});
    owes_update_ = false;
    return length != 0 && next_key(sending_, true) ? length : 0;
}

std::size_t Records::seal(char* to, std::span<const std::string_view> content) noexcept
{
    std::size_t before = 0;
    if (owes_update_ || sending_.sequence >= most_with_a_key_) [[unlikely]] {
        before = update_key(to);
        if (before == 0) return 0;
    }
    const std::size_t length = protect(to + before, ContentType::application_data, content);
    return length == 0 ? 0 : before + length;
}

std::size_t Records::seal_alert(char* to, Alert alert) noexcept
{
    const auto message = alert_message(alert);
    const std::string_view octets(message.data(), message.size());
    return protect(to, ContentType::alert, {&octets, 1});
}

std::size_t Records::whole_record(std::string_view octets) noexcept
{
    if (octets.size() < record_head_bytes) return 0;
    const unsigned char* const head = bytes_of(octets.data());
    const std::size_t length = static_cast<std::size_t>(head[3]) << 8 | head[4];
    if (length > most_sealed_bytes) return record_head_bytes;
    return octets.size() < record_head_bytes + length ? 0 : record_head_bytes + length;
}

Records::Opened Records::open(std::span<char> record) noexcept
{
    const auto wrong = [](Alert alert) { return Opened{Opened::wrong, {}, alert}; };
    unsigned char* const head = bytes_of(record.data());
    // Every record is of application data to look at. The version is not looked at (§5.1).
    const std::size_t length = static_cast<std::size_t>(head[3]) << 8 | head[4];
    if (head[0] != static_cast<unsigned char>(ContentType::application_data)) return wrong(Alert::unexpected_message);
    if (length > most_sealed_bytes) return wrong(Alert::record_overflow);
    if (length < tag_bytes + 1) return wrong(Alert::bad_record_mac);
    assert(record.size() == record_head_bytes + length);

    EVP_CIPHER_CTX* const context = receiving_.context;
    const auto nonce = nonce_of(receiving_.iv, receiving_.sequence);
    unsigned char* const octets = head + record_head_bytes;
    const std::size_t inner = length - tag_bytes;
    int written = 0;
    if (EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, octets + inner) != 1 ||
        EVP_DecryptUpdate(context, nullptr, &written, head, record_head_bytes) != 1 ||
        EVP_DecryptUpdate(context, octets, &written, octets, static_cast<int>(inner)) != 1 ||
        EVP_DecryptFinal_ex(context, octets + inner, &written) != 1) {
        ERR_clear_error();
        return wrong(Alert::bad_record_mac);
    }
    ++receiving_.sequence;

    // §5.4: content, its type, zeros.
    std::size_t end = inner;
    while (end > 0 && octets[end - 1] == 0) --end;
    if (end == 0) return wrong(Alert::unexpected_message);
    const auto type = static_cast<ContentType>(octets[end - 1]);
    if (end - 1 > most_content_bytes) return wrong(Alert::record_overflow);
    return understand(type, {record.data() + record_head_bytes, end - 1});
}

Records::Opened Records::understand(ContentType type, std::string_view octets) noexcept
{
    switch (type) {
    case ContentType::application_data:
        if (octets.empty()) return {Opened::nothing};
        return {Opened::content, octets};
    case ContentType::alert:
        // One alert a record (§5.1). All but close_notify end the connection, whatever their level says (§6).
        if (octets.size() != 2) return {Opened::wrong, {}, Alert::decode_error};
        if (static_cast<unsigned char>(octets[1]) == static_cast<unsigned char>(Alert::close_notify))
            return {Opened::closed};
        return {Opened::alerted, {}, static_cast<Alert>(octets[1])};
    case ContentType::handshake: {
        // Of the messages that may come after a handshake a server gets this one alone (§4.6). It ends its record
        // (§5.1).
        const unsigned char* const message = bytes_of(octets.data());
        if (octets.size() < 4 || message[0] != key_update) return {Opened::wrong, {}, Alert::unexpected_message};
        if (octets.size() != 5 || message[1] != 0 || message[2] != 0 || message[3] != 1 ||
            message[4] > update_requested)
            return {Opened::wrong, {}, Alert::decode_error};
        if (message[4] == update_requested) owes_update_ = true;
        if (!next_key(receiving_, false)) return {Opened::wrong, {}, Alert::internal_error};
        return {Opened::nothing, octets};
    }
    default: return {Opened::wrong, {}, Alert::unexpected_message};
    }
}

}  // namespace cais::tls

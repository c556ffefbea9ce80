// Records: what protects the octets of a connection of TLS 1.3 once its handshake is done, RFC 8446 §5 and §7.2.
//
// OpenSSL shakes hands; then this takes over with the keys that came of it, and OpenSSL's connection goes: of some
// 13,000 octets that it would hold for as long as the connection lasts, 2,600 are left, and what is sent is encrypted
// from where it lies to where it leaves from. Its ciphers stay (EVP), and it is the other side of every test.
//
// As a server: what a client may send after its handshake is content, alerts and KeyUpdate (§4.6.3). Not done: a
// KeyUpdate in two records (§5.1 would let it), which nobody sends.
#pragma once
#include "base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

struct evp_cipher_ctx_st;
struct evp_cipher_st;
struct evp_md_st;

namespace cais::tls {

inline constexpr std::size_t record_head_bytes = 5;
inline constexpr std::size_t most_content_bytes = 16 * 1024;                // of one record, §5.1
inline constexpr std::size_t most_sealed_bytes = most_content_bytes + 256;  // §5.2, without the head
inline constexpr std::size_t seal_bytes = record_head_bytes + 1 + 16;       // what we add to content

// RFC 8446 §5.1.
enum class ContentType : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 };

// RFC 8446 §6.
enum class Alert : std::uint8_t {
    close_notify = 0,
    unexpected_message = 10,
    bad_record_mac = 20,
    record_overflow = 22,
    decode_error = 50,
    internal_error = 80,
};

// What is in a record of an alert, and in one that says that our key changes (§4.6.3).
[[nodiscard]] std::array<char, 2> alert_message(Alert alert) noexcept;
[[nodiscard]] std::string_view key_update_message() noexcept;

// A suite of RFC 8446 §B.4, and what it is made of.
struct Suite {
    const evp_cipher_st* cipher;
    const evp_md_st* hash;
    std::size_t key_bytes;
    std::size_t secret_bytes;
    std::uint16_t number;
};
// Null: a suite that we do not speak.
[[nodiscard]] const Suite* suite_of(std::uint16_t number);

// A traffic secret (§7.1): of SHA-256 32 octets, of SHA-384 48.
using Secret = std::array<unsigned char, 48>;

// What protects records in one direction, for who does it in our place.
struct TrafficKey {
    const Suite* suite = nullptr;
    std::array<unsigned char, 32> key{};  // of which suite->key_bytes count
    std::array<unsigned char, 12> iv{};
    std::uint64_t sequence = 0;  // of the next record
};

class Records {
public:
    struct Start {
        const Suite* suite;
        Secret sending;
        Secret receiving;
        std::uint64_t sent = 0;  // records that were sent with that secret already: tickets
        std::size_t most_content = most_content_bytes;
        // Of records; then the key changes. §5.5: 2^24.5 full ones are safe with AES-GCM.
        std::uint64_t most_with_a_key = std::uint64_t{1} << 24;
    };
    // Null: no memory.
    [[nodiscard]] static std::unique_ptr<Records> make(const Start& start);
    ~Records();
    Records(const Records&) = delete;
    Records& operator=(const Records&) = delete;

    [[nodiscard]] const Suite& suite() const noexcept { return *suite_; }
    // So much content fits into one record.
    [[nodiscard]] std::size_t most_content() const noexcept { return most_content_; }
    // What must have room at `to` of the calls below.
    [[nodiscard]] static constexpr std::size_t room_for(std::size_t content) noexcept
    {
        return content + seal_bytes + key_update_bytes;
    }

    // Writes a record with the pieces' content, one after the other, behind a KeyUpdate where one is due. Gives its
    // octets; 0: it failed.
    [[nodiscard]] std::size_t seal(char* to, std::span<const std::string_view> content) noexcept;
    [[nodiscard]] std::size_t seal_alert(char* to, Alert alert) noexcept;

    // Somebody else protects what is sent, the kernel (kernel_records.h); then nothing is sealed here any more.
    // sending_key: of the next record. False: it failed.
    [[nodiscard]] bool sending_key(TrafficKey& to) const noexcept;
    void stop_sealing() noexcept;
    // What was sent there. Gives whether the key is to change before more: it is used up, or the peer asked for it.
    void count_sent(std::size_t content) noexcept { sending_.sequence += content / most_content_bytes + 1; }
    [[nodiscard]] bool wants_key_update() const noexcept
    {
        return owes_update_ || sending_.sequence >= most_with_a_key_;
    }
    // The key after the KeyUpdate, which is sent under the one before.
    [[nodiscard]] bool next_sending_key(TrafficKey& to) noexcept;

    // Whether a record begins at `octets` and is all there; its octets, head included. 0: not yet.
    // A head that no record has is one of record_head_bytes: open() says what is wrong.
    [[nodiscard]] static std::size_t whole_record(std::string_view octets) noexcept;

    struct Opened {
        enum Kind : std::uint8_t { content, nothing, closed, alerted, wrong } kind;
        std::string_view octets = {};       // content, or the message that was obeyed: in place of the record
        Alert alert = Alert::close_notify;  // wrong: what to tell the peer; alerted: what it said
    };
    // Decrypts a whole record in place.
    [[nodiscard]] Opened open(std::span<char> record) noexcept;

private:
    static constexpr std::size_t key_update_bytes = seal_bytes + 5;

    struct Half {
        evp_cipher_ctx_st* context = nullptr;
        std::uint64_t sequence = 0;
        std::array<unsigned char, 12> iv{};
        Secret secret{};
    };
    Records() = default;
    [[nodiscard]] bool set_key(Half& half, bool seals) noexcept;
    [[nodiscard]] bool next_secret(Half& half) noexcept;
    [[nodiscard]] bool next_key(Half& half, bool seals) noexcept;
    [[nodiscard]] std::size_t protect(char* to, ContentType type, std::span<const std::string_view> content) noexcept;
    [[nodiscard]] std::size_t update_key(char* to) noexcept;
    [[nodiscard]] Opened understand(ContentType type, std::string_view octets) noexcept;

    const Suite* suite_ = nullptr;
    Half sending_;
    Half receiving_;
    std::uint64_t most_with_a_key_ = 0;
    std::uint32_t most_content_ = 0;
    bool owes_update_ = false;  // the peer asked for one: before our next content
};

}  // namespace cais::tls

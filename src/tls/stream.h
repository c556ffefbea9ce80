// Stream: TLS over a stream of octets, both roles. It comes to life by tls::accept (accept.h) or tls::connect
// (connect.h); before that nothing may be read or written.
//
// | what happened                          | reading                | writing                                         |
// | -------------------------------------- | ---------------------- | ----------------------------------------------- |
// | the peer said close_notify             | `ended` after the rest | goes on (RFC 8446 §6.1)                         |
// | its octets ended without one           | `failed`: cut short    | goes on                                         |
// | a record does not decrypt, an alert    | `failed`               | `failed`; our own alert was sent                |
// | we called shut_down()                  | goes on                | close_notify was sent; not allowed any more     |
// | we called abort()                      | `failed`               | `failed`; the peer: a reset                     |
//
// Of TLS 1.3 the records are ours; from the first long file on the kernel makes those that are sent, where it can
// (kernel_records.h).
//
// After a try that was blocked, or took less than it was given, the next one begins with the octets that were not
// taken: they may be encrypted already. Who has other plans aborts.
#pragma once
#include "io/stream.h"
#include "tls/records.h"
#include "tls/transport.h"
#include "trace/context.h"

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace cais::tls {

// What a handshake came to.
struct Outcome {
    std::string_view version;        // "TLSv1.3"; static
    std::string_view cipher;         // "TLS_AES_128_GCM_SHA256"; static
    std::string_view protocol;       // by ALPN: "http/1.1", "acme-tls/1"; empty: the client did not say; static
    std::string server_name;         // by SNI, lower case; empty: none
    std::string peer_subject;        // of a certificate that was verified, RFC 4514; empty: none
    std::string peer_digest;         // SHA-256 of its DER, lower-case hexadecimal
    std::uint32_t client_rules = 0;  // ClientRules::id
    bool is_resumed = false;
};

// A peer that sends more and no content with it, such as one KeyUpdate after the other, is cut: a record of content is
// less than half of it.
inline constexpr std::uint32_t most_without_content = 40 * 1024;

class Stream final : public io::Stream {
public:
    // `inner` outlives it, and is nobody else's to read and write meanwhile.
    explicit Stream(io::Stream& inner) noexcept;
    ~Stream() override;

    // Once the handshake is done.
    [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

    io::Progress try_read(std::span<char> into) noexcept override;
    io::Progress try_write(std::span<const std::string_view> pieces, io::More more) noexcept override;
    io::Progress try_send_file(int file, std::uint64_t offset, std::size_t bytes, io::More more) noexcept override;
    std::size_t in_flight() const noexcept override { return transport_.inner().in_flight() + transport_.waiting(); }
    // close_notify and the end of what lies below; nothing where either was said, or the handshake did not come to an
    // end.
    void shut_down() noexcept override;
    void abort() noexcept override;
    bool is_ready(For what) const noexcept override;

private:
    friend class Handshake;
    Result<void> watch(For what, io::Wait& wait) noexcept override;
    void unwatch(For what) noexcept override;

    [[nodiscard]] io::Progress failed(int number) noexcept;
    [[nodiscard]] io::Progress read_records(std::span<char> into) noexcept;
    [[nodiscard]] io::Progress read_openssl(std::span<char> into) noexcept;
    [[nodiscard]] io::Progress begin_writing(std::size_t bytes) noexcept;
    [[nodiscard]] io::Progress seal(std::span<const std::string_view> pieces, io::More more) noexcept;
    void alert(Alert alert) noexcept;
    void tell_record(const Records::Opened& opened) const noexcept;
    void consider_kernel(std::size_t bytes) noexcept;
    [[nodiscard]] io::Progress make_room_in_kernel(std::size_t& room) noexcept;
    [[nodiscard]] io::Progress took(io::Progress progress) noexcept;
    [[nodiscard]] io::Progress write_by_kernel(std::span<const std::string_view> pieces, io::More more) noexcept;
    [[nodiscard]] io::Progress send_file_by_kernel(int file, std::uint64_t offset, std::size_t bytes) noexcept;

    Transport transport_;
    ssl_st* ssl_ = nullptr;                        // TLS 1.2, and as a client
    std::unique_ptr<Records> records_;             // TLS 1.3 as a server
    std::unique_ptr<std::string> rest_;            // of a record's content that somebody had no room for
    std::unique_ptr<const trace::Context> trace_;  // null: nobody hears of what comes after the handshake
    Outcome outcome_;
    std::size_t owed_ = 0;  // octets that were encrypted and not yet said to be taken
    bool is_shut_down_ = false;
    bool has_ended_ = false;  // close_notify came
    bool has_failed_ = false;
    // Who protects what is sent; it is asked with the first long file.
    enum class Kernel : std::uint8_t { not_asked, refused, sends } kernel_ = Kernel::not_asked;
};

}  // namespace cais::tls

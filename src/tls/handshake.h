// Handshake: what OpenSSL asks of us while it shakes hands, for both roles. For this folder; others see accept.h and
// connect.h.
#pragma once
#include "tls/accept.h"
#include "tls/records.h"
#include "tls/stream.h"

#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace cais::tls {

class Handshake {
public:
    Handshake(Stream& stream, const Arrival* arrival, const trace::Context& trace) noexcept
        : stream_(&stream)
        , arrival_(arrival)
        , trace_(trace)
    {
    }
    ~Handshake();
    Handshake(const Handshake&) = delete;
    Handshake& operator=(const Handshake&) = delete;

    // A server's calls for each connection of this context.
    static void install(ssl_ctx_st* context);

    // Gives the stream its end of the connection. Errors: exhausted.
    [[nodiscard]] Result<void> start(ssl_ctx_st* context);
    // Before that, as a server: waits for the first octets, which an HTTP request without TLS shows itself by.
    [[nodiscard]] io::Task<Result<void>> hear_first_octets(base::Duration limit);
    // Until it is done, or what it came to. Errors: as accept's.
    [[nodiscard]] io::Task<Result<void>> run(base::Duration limit);
    // What the outcome is; nothing that only the handshake wanted stays.
    void finish();
    // It failed: the stream is of no use.
    void abandon();

    [[nodiscard]] const std::string& why() const noexcept { return why_; }
    [[nodiscard]] bool is_our_fault() const noexcept { return is_our_fault_; }
    [[nodiscard]] bool spoke_http() const noexcept { return spoke_http_; }
    [[nodiscard]] io::Stream& inner() const noexcept { return stream_->transport_.inner(); }
    [[nodiscard]] ssl_st* ssl() const noexcept { return ssl_; }

private:
    struct Calls;  // what OpenSSL calls
    [[nodiscard]] int see_client_hello(int* alert);
    [[nodiscard]] bool choose_site(int* alert);
    [[nodiscard]] bool present() const;
    void keep_secret(std::string_view line) noexcept;
    void take_over_records();
    void ask_for_certificate(const ClientRules& rules);
    [[nodiscard]] Error failure();

    Stream* stream_;
    const Arrival* arrival_;  // null: we are the client
    trace::Context trace_;
    ssl_st* ssl_ = nullptr;
    std::string server_name_;
    std::shared_ptr<const Identity> identity_;
    const ServerSite* site_ = nullptr;
    // Of TLS 1.3, for Records; cleansed with this.
    Secret client_secret_{};
    Secret server_secret_{};
    std::uint64_t sent_ = 0;  // records since our Finished
    bool has_secrets_ = false;
    std::uint16_t offered_ = 0;
    bool is_challenge_ = false;
    bool spoke_http_ = false;
    bool is_our_fault_ = false;
    std::string why_;  // what the log says, where it is more than OpenSSL says
};

}  // namespace cais::tls

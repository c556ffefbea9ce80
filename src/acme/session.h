// One authority, and our account there: RFC 8555 §6 and §7.1 to §7.3. Several orders may use it at once, on one loop.
#pragma once
#include "acme/failure.h"
#include "acme/jws.h"
#include "acme/messages.h"
#include "acme/settings.h"
#include "acme/state.h"
#include "client/fetch.h"
#include "io/loop.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cais::acme {

class Session {
public:
    // `tls` holds who is believed for the directory's own HTTPS.
    Session(AuthoritySettings authority, std::string email, State state, std::shared_ptr<const tls::ClientContext> tls);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // The directory is read and the account is there (made where need be); at once where that was done in the last
    // hours. Whoever comes meanwhile waits for the first.
    [[nodiscard]] io::Task<Outcome<void>> open();

    // After open().
    [[nodiscard]] const Directory& directory() const noexcept { return directory_; }
    [[nodiscard]] const std::string& url() const noexcept { return authority_.directory; }
    [[nodiscard]] std::string key_authorization(std::string_view token) const
    {
        return acme::key_authorization(token, jwk_);
    }

    struct Answer {
        http::Status status = http::Status::ok;
        std::string location;
        std::string content;
        std::optional<base::Duration> retry_after;  // at most a day
    };
    // A signed request; an empty payload is POST-as-GET. A badNonce is tried again with another (§6.5).
    // `doing` is for the failure: "order a certificate".
    [[nodiscard]] io::Task<Outcome<Answer>> post(const char* doing, std::string url, std::string payload);

    struct Information {
        std::optional<RenewalInfo> info = {};  // empty: this authority does not say
        std::optional<base::Duration> retry_after = {};
    };
    // When a certificate, by its id, should be renewed (RFC 9773 §4.1). Needs no account.
    [[nodiscard]] io::Task<Outcome<Information>> renewal_information(std::string id);

private:
    enum class Signer : std::uint8_t { account, key };
    [[nodiscard]] io::Task<Outcome<Answer>> signed_post(const char* doing, std::string url, std::string payload,
                                                        Signer signer);
    [[nodiscard]] io::Task<Outcome<client::FetchAnswer>> ask(const char* doing, client::FetchRequest request);
    [[nodiscard]] io::Task<Outcome<std::string>> take_nonce();
    [[nodiscard]] io::Task<Outcome<Answer>> get(const char* doing, std::string url);
    [[nodiscard]] io::Task<Outcome<void>> read_directory();
    [[nodiscard]] io::Task<Outcome<void>> open_alone();
    [[nodiscard]] io::Task<Outcome<void>> load_key();
    [[nodiscard]] io::Task<Outcome<void>> make_account();
    [[nodiscard]] Outcome<Answer> answer_of(const char* doing, client::FetchAnswer answer) const;

    AuthoritySettings authority_;
    std::string email_;
    State state_;
    std::shared_ptr<const tls::ClientContext> tls_;
    Directory directory_;
    std::optional<base::Instant> read_at_;  // the directory
    Key key_;
    std::string jwk_;
    std::string account_;  // its URL
    std::vector<std::string> nonces_;
    bool is_opening_ = false;
    io::Event opened_;
};

// Retry-After as seconds or as a date (RFC 9110 §10.2.3), between 0 and a day. Empty where it is neither.
[[nodiscard]] std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now);

}  // namespace cais::acme

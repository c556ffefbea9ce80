// What `tls = "auto"` asks for: certificates from an authority for the hosts of such sites, for as long as the server
// runs, its answers to that authority, and `cais cert renew`.
#pragma once
#include "acme/manager.h"
#include "server/challenge_answers.h"
#include "server/configuration.h"
#include "server/control.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cais::server {

class AutomaticCertificates final : public ChallengeAnswers, public ControlCommand {
public:
    explicit AutomaticCertificates(std::shared_ptr<tls::Certificates> table);

    // What this configuration wants. The first time what is saved is in the table when it returns; it blocks on the
    // disk then, never on the network, and a configuration without such sites touches nothing. Later it blocks on
    // nothing: what is saved for a new name is in the table a moment later. Any thread.
    // Errors    a sentence: the state folder cannot be written.
    [[nodiscard]] std::expected<void, std::string> apply(const Configuration& configuration);

    // Obtains and renews, until it is cancelled; once, on the first loop. `automatic` outlives it.
    static io::Task<void> keep(AutomaticCertificates& automatic);

    // Of ChallengeAnswers: any thread.
    [[nodiscard]] std::optional<std::string> find(std::string_view token) const override;
    // Of ControlCommand, on the first loop: `renew NAME`, answered when the new certificate is presented.
    io::Task<ControlAnswer> run(std::string argument) override;

private:
    const std::shared_ptr<tls::Certificates> table_;
    std::unique_ptr<acme::Manager> manager_;  // null before the first apply()
};

// Of the sites with `tls = "auto"` the hosts that an authority can vouch for, each once.
[[nodiscard]] std::vector<acme::Wanted> automatic_names(const Configuration& configuration);
[[nodiscard]] acme::Settings acme_settings(const Acme& acme);

}  // namespace cais::server

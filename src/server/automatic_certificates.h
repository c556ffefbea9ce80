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

    // Of a configuration that is new: its names that none was obtained for until now. On the first loop.
    [[nodiscard]] std::vector<acme::Name> new_names(const Configuration& configuration) const;

    // What apply() wants of the disk. Blocks on that; any thread.
    // Errors    a sentence: the file of `acme.ca` cannot be read, nor was it handed over.
    struct Prepared {
        acme::Settings settings;
        std::vector<acme::Issue> saved;
    };
    [[nodiscard]] std::expected<Prepared, std::string> prepare(const Acme& acme,
                                                               const std::vector<acme::Name>& names) const;

    // What this configuration wants. What is saved is in the table when it returns. The first time it blocks on the
    // disk, never on the network, and a configuration without such sites touches nothing; later, on the first loop, on
    // nothing.
    // Errors    a sentence, the first time: the state folder cannot be written.
    [[nodiscard]] std::expected<void, std::string> apply(const Configuration& configuration, Prepared prepared);

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

}  // namespace cais::server

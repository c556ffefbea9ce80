// What `tls = "internal"` asks for: the local authority of the state folder, and certificates under it for the sites
// that want them, for as long as the server runs.
#pragma once
#include "io/task.h"
#include "server/configuration.h"
#include "server/control.h"
#include "tls/local_certificates.h"

#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cais::server {

class LocalTls final : public ControlCommand {
public:
    explicit LocalTls(std::shared_ptr<tls::Certificates> table)
        : table_(std::move(table))
    {
    }

    // Reads the authority where this configuration wants one, and makes it where there is none; the others touch no
    // disk. Nothing that is served changes. Any thread; blocks on files.
    // Errors    a sentence.
    [[nodiscard]] std::expected<void, std::string> prepare(const Configuration& configuration);

    // After prepare() of the same: what this configuration wants is in the table from now on; what an earlier one
    // wanted alone leaves it a minute or two later, when nobody is served by that one any more. Any thread; some 100 µs
    // a new site. What fails is in the log, and tried again by keep().
    void apply(const Configuration& configuration);

    // Once a minute: issues what is due, and what wants other names since this machine's addresses changed. Some
    // 100 µs of processor for each. Until it is cancelled; `local` outlives it.
    static io::Task<void> keep(LocalTls& local);

    // Of ControlCommand: the certificates that are presented, a line each as LocalCertificate has it.
    io::Task<ControlAnswer> run(std::string argument) override;

private:
    void issue();
    void refresh();

    const std::shared_ptr<tls::Certificates> table_;
    std::mutex mutex_;
    std::unique_ptr<tls::LocalCertificates> issued_;  // null: nobody has asked yet
    std::vector<Site> sites_;                         // that want them
};

// A certificate of the local authority that a server presents, as that tells it: "nas.lan *.nas.lan\t1767225600\n".
struct LocalCertificate {
    std::string hosts;  // as the site has them, with spaces between
    base::Seconds not_after;
};
[[nodiscard]] std::string line_of(const LocalCertificate& certificate);
// Of what is no such line, such as one that was cut, nothing.
[[nodiscard]] std::vector<LocalCertificate> local_certificates_in(std::string_view lines);
// The command on the control socket that gives them.
inline constexpr const char* local_certificates_command = "local-certificates";

// An address of this machine, "192.168.1.5" or "fd00::1".
[[nodiscard]] std::vector<std::string> addresses_of_this_machine();

// What certificates these sites want: one each, for its hosts. The host "*" stands for localhost, loopback, the
// addresses that the site listens at, and, where that is more than loopback, this machine's name and its name in
// multicast DNS. What the local authority cannot vouch for is left out.
[[nodiscard]] std::vector<tls::LocalCertificates::Site> local_sites(std::span<const Site> sites,
                                                                    const std::string& machine,
                                                                    std::span<const std::string> addresses);

}  // namespace cais::server

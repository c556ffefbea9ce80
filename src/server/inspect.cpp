#include "server/inspect.h"

#include "base/clock.h"
#include "config/file.h"
#include "tls/certificate.h"
#include "tls/client_rules.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <pwd.h>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::server {
namespace {

using config::Location;
using config::Severity;

constexpr std::size_t most_octets = std::size_t{1} << 20;  // of a certificate's file

std::string_view text_of(tls::Certificate::KeyKind kind)
{
    switch (kind) {
    case tls::Certificate::KeyKind::rsa: return "RSA";
    case tls::Certificate::KeyKind::ecdsa: return "ECDSA";
    case tls::Certificate::KeyKind::eddsa: return "EdDSA";
    }
    std::unreachable();
}

class Inspection {
public:
    Inspection(const Configuration& configuration, config::Diagnostics& diagnostics)
        : configuration_(configuration)
        , diagnostics_(diagnostics)
    {
    }

    void all()
    {
        look_at_state();
        look_at_user();
        look_at_log();
        if (!configuration_.acme.ca.empty()) read(configuration_.acme.ca, configuration_.acme.where_ca);
        if (!configuration_.acme.dns_run.empty())
            look_at_program(configuration_.acme.dns_run[0], configuration_.acme.where_dns_run);
        for (const auto& site : configuration_.sites) {
            look_at_certificates(site);
            if (site.tls.clients) look_at_client_authority(*site.tls.clients);
            for (const auto& route : site.routes)
                if (const auto* files = std::get_if<files::Config>(&route.module)) look_at_folder(*files, route);
        }
    }

private:
    void error(Location where, std::string what, std::string hint = {})
    {
        diagnostics_.add({Severity::error, where, std::move(what), std::move(hint), configuration_page});
    }
    void warning(Location where, std::string what, std::string hint = {})
    {
        diagnostics_.add({Severity::warning, where, std::move(what), std::move(hint), configuration_page});
    }
    // `what` was being done to `path`, and errno says why it failed.
    void failed(Location where, const std::string& path, int number)
    {
        error(where, fmt::format("{}: {}", path, std::generic_category().message(number)));
    }

    void look_at_state()
    {
        struct stat status{};
        if (::stat(configuration_.state.c_str(), &status) == 0 && !S_ISDIR(status.st_mode))
            error(configuration_.where_state, fmt::format("{}: this is no folder", configuration_.state));
    }

    void look_at_user()
    {
        if (configuration_.user.empty()) return;
        if (::getpwnam(configuration_.user.c_str()) == nullptr)
            error(configuration_.where_user, fmt::format("there is no user `{}` on this machine", configuration_.user));
    }

    void look_at_log()
    {
        const std::string& file = configuration_.log.file;
        if (file.empty()) return;
        struct stat status{};
        if (::stat(file.c_str(), &status) == 0) {
            if (S_ISDIR(status.st_mode))
                error(configuration_.log.where_file, fmt::format("{}: this is a folder", file));
            return;
        }
        if (errno != ENOENT) return failed(configuration_.log.where_file, file, errno);
        const auto slash = file.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
        if (::stat(folder.c_str(), &status) != 0) failed(configuration_.log.where_file, folder, errno);
    }

    void look_at_program(const std::string& path, Location where)
    {
        struct stat status{};
        if (::stat(path.c_str(), &status) != 0) return failed(where, path, errno);
        if (!S_ISREG(status.st_mode)) return error(where, fmt::format("{}: this is no program", path));
        if (::access(path.c_str(), X_OK) != 0)
            error(where, fmt::format("{}: this may not be executed", path), "chmod +x");
    }

    void look_at_folder(const files::Config& files, const Route& route)
    {
        if (files.root.empty()) return;  // which has been said
        const Location where = route.where_module;
        struct stat status{};
        if (::stat(files.root.c_str(), &status) != 0) return failed(where, files.root, errno);
        const bool is_one_file = S_ISREG(status.st_mode) && route.path.kind == PathPattern::Kind::exact;
        if (is_one_file) return;
        if (S_ISREG(status.st_mode))
            return error(where, fmt::format("{}: this is a file, and the route is of a folder", files.root),
                         "a `path` without a slash at its end names one file");
        if (!S_ISDIR(status.st_mode)) return error(where, fmt::format("{}: this is no folder", files.root));
        if (::faccessat(AT_FDCWD, files.root.c_str(), R_OK | X_OK, AT_EACCESS) != 0) failed(where, files.root, errno);
    }

    std::optional<config::File> read(const std::string& path, Location where)
    {
        if (path.empty()) return std::nullopt;  // which has been said
        auto file = config::read_file(path, most_octets);
        if (!file) {
            const auto& fault = file.error();
            error(where, fmt::format("{}: {}", path,
                                     fault.number != 0 ? std::generic_category().message(fault.number) : fault.what));
            return std::nullopt;
        }
        if (!file->content.contains("-----BEGIN ")) {
            error(where, fmt::format("{}: this is no PEM: nothing in it says -----BEGIN", path));
            return std::nullopt;
        }
        return std::move(*file);
    }

    void look_at_client_authority(const ClientRules& clients)
    {
        if (!read(clients.authority, clients.where_authority)) return;
        const auto rules =
            tls::ClientRules::load(clients.authority, clients.is_required ? tls::ClientRules::Verify::required
                                                                          : tls::ClientRules::Verify::optional);
        if (!rules)
            error(clients.where_authority, fmt::format("{}: {}", clients.authority, base::describe(rules.error())));
    }

    // Certificates of one site: whether each is one, has its key, is good now; and whether each host has one.
    void look_at_certificates(const Site& site)
    {
        std::vector<std::shared_ptr<const tls::Certificate>> good;
        for (const auto& pair : site.tls.files) {
            auto certificate = look_at_certificate(pair);
            if (!certificate) continue;
            // A client's algorithms choose between kinds of keys, and nothing chooses within one: `serve` refuses, too.
            const auto is_of_kind = [&](const auto& other) { return other->key_kind() == certificate->key_kind(); };
            if (std::ranges::any_of(good, is_of_kind))
                error(
                    pair.where_key,
                    fmt::format("{}: another key of this site is of the same kind, {}: one of them alone can be served",
                                pair.key, text_of(certificate->key_kind())),
                    "a certificate may be for several hosts; else they are sites of their own");
            good.push_back(std::move(certificate));
        }
        if (good.empty() || good.size() != site.tls.files.size()) return;  // one that cannot be read may be the one
        for (const auto& named : site.hosts) {
            const Host& host = named.host;
            if (host.kind == Host::Kind::any) continue;
            // Of a wildcard any label will do.
            const std::string name = host.kind == Host::Kind::wildcard ? "a." + host.name : host.name;
            if (std::ranges::none_of(good, [&](const auto& certificate) { return certificate->is_for(name); }))
                warning(named.where, fmt::format("no certificate of this site is for `{}`", host.text()));
        }
    }

    std::shared_ptr<const tls::Certificate> look_at_certificate(const CertificateFiles& pair)
    {
        const auto chain = read(pair.certificate, pair.where_certificate);
        const auto key = read(pair.key, pair.where_key);
        if (key && is_open_to_others(key->mode)) {
            error(pair.where_key, fmt::format("{}: others have permissions for this key ({:04o})", pair.key, key->mode),
                  "chmod o= takes them away");
        }
        if (!chain || !key) return nullptr;
        auto certificate = tls::Certificate::from_pem(chain->content, key->content);
        if (!certificate) {
            error(pair.where_certificate, fmt::format("{}: {}", pair.certificate, base::describe(certificate.error())));
            return nullptr;
        }
        const auto now = base::wall_now();
        if ((*certificate)->not_after() <= now)
            warning(pair.where_certificate, fmt::format("{}: this certificate has expired", pair.certificate));
        else if ((*certificate)->not_before() > now)
            warning(pair.where_certificate, fmt::format("{}: this certificate is not valid yet", pair.certificate));
        return std::move(*certificate);
    }

    const Configuration& configuration_;
    config::Diagnostics& diagnostics_;
};

}  // namespace

bool is_open_to_others(unsigned mode) noexcept { return (mode & S_IRWXO) != 0; }

void inspect(const Configuration& configuration, config::Diagnostics& diagnostics)
{
    Inspection(configuration, diagnostics).all();
}

}  // namespace cais::server

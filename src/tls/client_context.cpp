#include "tls/client_context.h"

#include "base/text.h"
#include "tls/openssl.h"
#include "tls/policy.h"
#include "tls/sessions.h"

#include <cassert>
#include <cstdlib>
#include <openssl/pem.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::tls {
namespace {

// Where Debian, and most others, keep the system's store. The library itself was told of a link to it that comes with
// another package.
constexpr const char* system_folder = "/etc/ssl/certs";
// What others have instead, as one file: Debian without the links, Red Hat, Alpine and the BSDs.
constexpr const char* system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::string wire_form(const std::vector<std::string>& protocols)
{
    std::string list;
    for (const auto& protocol : protocols) {
        assert(!protocol.empty() && protocol.size() < 256);
        list += static_cast<char>(protocol.size());
        list += protocol;
    }
    return list;
}

std::string environment(const char* name)
{
    const char* const value = ::secure_getenv(name);
    return value == nullptr ? "" : value;
}

// Whether certificates can be found in there by the hash of their subject: "5f618aec.0".
bool has_hashed_names(const char* path)
{
    DIR* const folder = ::opendir(path);
    if (folder == nullptr) return false;
    bool is_there = false;
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        constexpr auto digits = base::OctetSet("").with('0', '9').with('a', 'f');
        is_there = name.size() >= 10 && name[8] == '.' && base::is_digit(name[9]) && digits.has_all(name.substr(0, 8));
        if (is_there) break;
    }
    ::closedir(folder);
    return is_there;
}

// The system says why a file cannot be read better than the library does.
Result<void> readable(const std::string& file)
{
    const io::Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!opened) return fail_errno("open the file");
    struct stat status{};
    if (::fstat(opened.get(), &status) == 0 && S_ISDIR(status.st_mode))
        return fail(Error::unsupported, "it is a folder");
    return {};
}

// Nobody is asked for a passphrase: there may be no terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

void log_line(const SSL* ssl, const char* line)
{
    const auto* context = static_cast<const ClientContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (context != nullptr) context->log_key(line);
}

// As of a file, but for CRLs beside the certificates.
Result<void> load_verify_text(SSL_CTX* context, const std::string& pem)
{
    const BioHandle memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::size_t count = 0;
    while (const X509Handle certificate{PEM_read_bio_X509_AUX(memory.get(), nullptr, nullptr, nullptr)}) {
        ++count;
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
    }
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
        return fail_openssl(Error::malformed, "a certificate in it cannot be read");
    ERR_clear_error();
    if (count == 0) return fail(Error::malformed, "there is no certificate in it");
    return {};
}

}  // namespace

ClientContext::~ClientContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const ClientContext>> ClientContext::make(const ClientSettings& settings, ClientPart* part)
{
    initialise(settings.hears_openssl_configuration ? LibraryConfiguration::where_asked : LibraryConfiguration::none);
    ClientPart ignored{};
    ClientPart& at = part == nullptr ? ignored : *part;
    at = ClientPart::library;
    const std::shared_ptr<ClientContext> made(new ClientContext);
    SSL_CTX* context = made->context_ = SSL_CTX_new(TLS_client_method());
    if (context == nullptr || !apply_policy(context)) return fail_openssl(Error::failed, "make a context for TLS");
    SSL_CTX_set_security_level(context, 2);
    if (settings.hears_openssl_configuration && is_configuration_asked_for()) {
        SSL_CTX_config(context, "system_default");
        ERR_clear_error();  // there may be no such section
    }
    Sessions::install(context);
    made->verifies_ = settings.verifies;
    made->protocols_ = settings.protocols;
    const std::string protocols = wire_form(settings.protocols);
    if (!protocols.empty() && SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                                                      static_cast<unsigned>(protocols.size())) != 0)
        return fail_openssl(Error::failed, "offer protocols by ALPN");

    at = ClientPart::authorities;
    if (auto done = made->believe(settings); !done) return std::unexpected(done.error());
    at = ClientPart::revocations;
    if (auto done = made->revoke(settings.revocations); !done) return std::unexpected(done.error());
    if (auto done = made->present(settings, at); !done) return std::unexpected(done.error());
    at = ClientPart::key_log;
    if (auto done = made->open_key_log(settings.key_log); !done) return std::unexpected(done.error());
    return std::shared_ptr<const ClientContext>(made);
}

Result<void> ClientContext::believe(const ClientSettings& settings)
{
    if (!settings.verifies) {
        trust_ = {"nobody"};
        return {};
    }
    // A certificate that was named is believed, whoever has issued it.
    if (settings.revocations.empty()) X509_STORE_set_flags(SSL_CTX_get_cert_store(context_), X509_V_FLAG_PARTIAL_CHAIN);
    for (const auto& file : settings.authorities) {
        if (auto there = readable(file); !there) return there;
        if (SSL_CTX_load_verify_file(context_, file.c_str()) != 1)
            return fail_openssl(Error::malformed, "there is no certificate in it");
        trust_ = {"option", file};
    }
    if (settings.trusted) {
        trust_ = {"option"};
        return load_verify_text(context_, *settings.trusted);
    }
    if (!settings.authorities.empty()) return {};
    return believe_system();
}

Result<void> ClientContext::believe_system()
{
    trust_ = {"system", environment(X509_get_default_cert_file_env()), environment(X509_get_default_cert_dir_env())};
    if (!trust_.folder.empty()) trust_.source = X509_get_default_cert_dir_env();
    if (!trust_.file.empty()) trust_.source = X509_get_default_cert_file_env();
    if (trust_.file.empty() && trust_.folder.empty()) {
        if (has_hashed_names(system_folder)) trust_.folder = system_folder;
        for (const char* bundle : system_bundles)
            if (trust_.folder.empty() && trust_.file.empty() && ::access(bundle, R_OK) == 0) trust_.file = bundle;
    }
    if (!trust_.file.empty()) {
        if (auto there = readable(trust_.file); !there) return there;
        if (SSL_CTX_load_verify_file(context_, trust_.file.c_str()) != 1)
            return fail_openssl(Error::malformed, "there is no certificate in it");
    }
    if (!trust_.folder.empty()) SSL_CTX_load_verify_dir(context_, trust_.folder.c_str());
    ERR_clear_error();
    return {};
}

Result<void> ClientContext::revoke(const std::string& file)
{
    if (file.empty()) return {};
    if (auto there = readable(file); !there) return there;
    X509_STORE* const store = SSL_CTX_get_cert_store(context_);
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == nullptr || X509_load_crl_file(lookup, file.c_str(), X509_FILETYPE_PEM) < 1)
        return fail_openssl(Error::malformed, "there is no list of revoked certificates in it");
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
}

Result<void> ClientContext::present(const ClientSettings& settings, ClientPart& part)
{
    if (settings.certificate.empty()) return {};
    SSL_CTX_set_default_passwd_cb(context_, no_passphrase);
    part = ClientPart::certificate;
    if (auto there = readable(settings.certificate); !there) return there;
    if (SSL_CTX_use_certificate_chain_file(context_, settings.certificate.c_str()) != 1)
        return fail_openssl(Error::malformed, "there is no certificate in it");
    part = ClientPart::key;
    const std::string& key = settings.key.empty() ? settings.certificate : settings.key;
    if (auto there = readable(key); !there) return there;
    if (SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const int reason = ERR_GET_REASON(ERR_peek_last_error());
        const bool is_encrypted = reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_BAD_DECRYPT;
        if (!is_encrypted) return fail_openssl(Error::malformed, "there is no key in it");
        ERR_clear_error();
        return fail(Error::denied, "the key is encrypted; `openssl pkey` makes a file of it that is not");
    }
    if (SSL_CTX_check_private_key(context_) != 1) return fail_openssl(Error::malformed, "the key is another one's");
    return {};
}

Result<void> ClientContext::open_key_log(const std::string& file)
{
    if (file.empty()) return {};
    key_log_ = io::Descriptor(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
    if (!key_log_) return fail_errno("open the file");
    struct stat status{};
    // One of ours that others may read, too, holds secrets from now on.
    if (::fstat(key_log_.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
        (status.st_mode & 077) != 0)
        ::fchmod(key_log_.get(), 0600);
    SSL_CTX_set_app_data(context_, this);
    SSL_CTX_set_keylog_callback(context_, log_line);
    return {};
}

void ClientContext::log_key(std::string_view line) const noexcept
{
    // One write, so that lines of several programs do not mix.
    std::string whole;
    whole.reserve(line.size() + 1);
    whole.append(line) += '\n';
    [[maybe_unused]] const ssize_t written = ::write(key_log_.get(), whole.data(), whole.size());
}

}  // namespace cais::tls

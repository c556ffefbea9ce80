#include "acme/issue.h"

#include "acme/key.h"
#include "base/base64.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <vector>

namespace cais::acme {
namespace {

constexpr std::size_t most_certificates = 10;  // of a chain
constexpr std::string_view key_begin = "-----BEGIN PRIVATE KEY-----";
constexpr std::string_view certificate_begin = "-----BEGIN CERTIFICATE-----";

std::vector<X509Certificate> certificates_of(std::string_view pem)
{
    std::vector<X509Certificate> chain;
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    while (bio && chain.size() <= most_certificates) {
        X509Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        chain.push_back(std::move(next));
    }
    ERR_clear_error();  // the end of the text is an error to it
    return chain;
}

base::Seconds moment(const ASN1_TIME* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return base::Seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string issuer_of(const X509* certificate)
{
    const X509_NAME* issuer = X509_get_issuer_name(certificate);
    for (const int nid : {NID_commonName, NID_organizationName}) {
        const int at = X509_NAME_get_index_by_NID(issuer, nid, -1);
        if (at < 0) continue;
        unsigned char* octets = nullptr;
        const int length = ASN1_STRING_to_UTF8(&octets, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at)));
        if (length <= 0) continue;
        std::string text;
        base::append_printable(text, {reinterpret_cast<const char*>(octets),
                                      std::min<std::size_t>(static_cast<std::size_t>(length), 100)});
        OPENSSL_free(octets);
        return text;
    }
    return "an issuer without a name";
}

// RFC 9773 §4.1: the authority key identifier and the serial number, as the octets of their DER values.
std::string id_of(X509* certificate)
{
    const ASN1_OCTET_STRING* authority = X509_get0_authority_key_id(certificate);
    if (authority == nullptr) return {};
    unsigned char* der = nullptr;
    const int length = i2d_ASN1_INTEGER(X509_get_serialNumber(certificate), &der);
    if (length < 3) return {};
    // Tag, a length of one octet (a serial number has 20 at most, RFC 5280 §4.1.2.2), the value.
    const std::string serial(reinterpret_cast<const char*>(der) + 2, static_cast<std::size_t>(length) - 2);
    OPENSSL_free(der);
    const std::string_view key(reinterpret_cast<const char*>(ASN1_STRING_get0_data(authority)),
                               static_cast<std::size_t>(ASN1_STRING_length(authority)));
    return base::to_base64url(key) + "." + base::to_base64url(serial);
}

bool is_for(X509* certificate, const Name& name)
{
    if (name.is_address()) return X509_check_ip_asc(certificate, name.text.c_str(), 0) == 1;
    // A wildcard is a name of its own here: it is not matched, it is there.
    if (!name.is_wildcard()) return X509_check_host(certificate, name.text.data(), name.text.size(), 0, nullptr) == 1;
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    bool found = false;
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* entry = sk_GENERAL_NAME_value(names, i);
        if (entry->type != GEN_DNS) continue;
        const auto* text = entry->d.dNSName;
        found = found || base::equals_ignoring_case({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                                     static_cast<std::size_t>(ASN1_STRING_length(text))},
                                                    name.text);
    }
    GENERAL_NAMES_free(names);
    return found;
}

std::string_view line_of(std::string_view head, std::string_view name)
{
    while (!head.empty()) {
        const std::size_t end = head.find('\n');
        const std::string_view line = head.substr(0, end);
        if (line.starts_with(name)) return line.substr(name.size());
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    }
    return {};
}

}  // namespace

Result<void> Issue::check()
{
    const auto bad = [](const char* what) { return fail(Error::malformed, what); };
    const auto certificates = certificates_of(chain);
    if (certificates.empty()) return bad("it holds no certificate");
    if (certificates.size() > most_certificates) return bad("its chain is too long");
    X509* const first = certificates.front().get();
    for (std::size_t i = 0; i + 1 < certificates.size(); ++i)
        if (X509_check_issued(certificates[i + 1].get(), certificates[i].get()) != X509_V_OK ||
            X509_verify(certificates[i].get(), X509_get0_pubkey(certificates[i + 1].get())) != 1)
            return bad("its chain is no chain: one does not sign the one before");
    auto owner = key_from_pem(key);
    if (!owner) return std::unexpected(owner.error());
    if (X509_check_private_key(first, owner->get()) != 1) return bad("the certificate is for another key");
    if (!is_for(first, name)) return bad("the certificate is for another name");
    not_before = moment(X509_get0_notBefore(first));
    not_after = moment(X509_get0_notAfter(first));
    if (not_before >= not_after) return bad("the certificate ends before it begins");
    issuer = issuer_of(first);
    id = id_of(first);
    ERR_clear_error();
    return {};
}

std::string Issue::file() const
{
    std::string text = "Name: " + name.text + "\nAuthority: " + authority + "\nChallenge: " + challenge + "\n\n" + key;
    if (!text.ends_with('\n')) text += '\n';
    return text + chain;
}

Result<Issue> Issue::parse(std::string_view file)
{
    const std::size_t at_key = file.find(key_begin);
    const std::size_t at_chain = file.find(certificate_begin);
    if (at_key == std::string_view::npos || at_chain == std::string_view::npos || at_chain < at_key)
        return fail(Error::malformed, "it is not a key and then its certificates");
    const std::string_view head = file.substr(0, at_key);
    Issue issue;
    issue.name = {std::string(line_of(head, "Name: "))};
    issue.authority = line_of(head, "Authority: ");
    issue.challenge = line_of(head, "Challenge: ");
    issue.key = file.substr(at_key, at_chain - at_key);
    issue.chain = file.substr(at_chain);
    auto checked = issue.check();
    if (!checked) return std::unexpected(checked.error());
    return issue;
}

}  // namespace cais::acme

#include "cli/nss_database.h"

#include "base/text.h"
#include "cli/program_run.h"

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace cais::cli {
namespace {

constexpr std::string_view authority_for_servers = "C,,";  // for TLS; e-mail; code

// certutil on the database of `folder`. Its output, or a fault.
Fault run_tool(const std::string& folder, std::initializer_list<std::string> arguments, std::string& output)
{
    std::vector<std::string> words = {"certutil", "-d", "sql:" + folder};
    words.insert(words.end(), arguments);
    auto run = run_program(words);
    if (!run) return "certutil: " + describe(run.error());
    output = std::move(run->output);
    if (run->status == 0) return std::nullopt;
    if (output.contains("SEC_ERROR_BAD_PASSWORD")) return "it has a primary password";
    std::string text = "certutil: ";
    std::string_view line = std::string_view(output).substr(0, output.find('\n'));
    if (line.starts_with("certutil: ")) line.remove_prefix(10);
    base::append_printable(text, line);
    return text;
}

// The octets between the lines of a PEM text, without white space.
std::string content_of_pem(std::string_view pem)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    const auto at = pem.find(begin);
    if (at == std::string_view::npos) return {};
    pem.remove_prefix(at + begin.size());
    std::string content;
    for (const char c : pem.substr(0, pem.find("-----END"))) {
        if (c != '\r' && c != '\n') content += c;
    }
    return content;
}

// certutil -L without a name: a line for each certificate, its name, spaces, how it is trusted.
std::string_view trust_of(std::string_view listing, std::string_view name)
{
    while (!listing.empty()) {
        const auto end = std::min(listing.find('\n'), listing.size() - 1);
        std::string_view line = listing.substr(0, end);
        listing.remove_prefix(end + 1);
        if (!line.starts_with(name)) continue;
        line = base::trim(line.substr(name.size()));
        if (!line.contains(' ')) return line;
    }
    return {};
}

}  // namespace

bool NssDatabase::has_tool()
{
    const std::vector<std::string> words = {"certutil", "--help"};
    const auto run = run_program(words);
    return run || run.error().kind != Error::not_found;
}

Fault NssDatabase::look(const std::string& name, const std::string& pem, Presence& presence) const
{
    presence = Presence::absent;
    std::string listing;
    if (auto fault = run_tool(folder_, {"-L"}, listing)) return fault;
    const auto trust = trust_of(listing, name);
    if (trust.empty()) return std::nullopt;
    std::string there;
    if (auto fault = run_tool(folder_, {"-L", "-a", "-n", name}, there)) return fault;
    presence = content_of_pem(there) != content_of_pem(pem) ? Presence::other
               : trust == authority_for_servers             ? Presence::trusted
                                                            : Presence::untrusted;
    return std::nullopt;
}

Fault NssDatabase::make() const
{
    // Private, also what leads to it, as Chromium makes it.
    for (std::size_t end = folder_.find('/', 1);; end = folder_.find('/', end + 1)) {
        const bool failed = ::mkdir(folder_.substr(0, end).c_str(), S_IRWXU) != 0 && errno != EEXIST;
        if (end != std::string::npos) continue;
        if (failed) return describe(fail_errno("make the folder").error());
        break;
    }
    std::string output;
    return run_tool(folder_, {"-N", "--empty-password"}, output);
}

Fault NssDatabase::add(const std::string& name, const std::string& file, Presence until_now) const
{
    std::string output;
    auto fault = run_tool(folder_, {"-A", "-n", name, "-t", std::string(authority_for_servers), "-i", file}, output);
    // It puts the certificate there before it asks for a password, which the trust alone needs.
    std::string ignored;
    if (fault && until_now == Presence::absent) std::ignore = run_tool(folder_, {"-D", "-n", name}, ignored);
    return fault;
}

Fault NssDatabase::remove(const std::string& name) const
{
    std::string output;
    return run_tool(folder_, {"-D", "-n", name}, output);
}

}  // namespace cais::cli

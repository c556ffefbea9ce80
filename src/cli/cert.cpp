#include "cli/cert.h"

#include "acme/state.h"
#include "base/text.h"
#include "config/document.h"
#include "server/automatic_certificates.h"
#include "server/configuration.h"
#include "server/control.h"
#include "server/local_tls.h"
#include "tls/certificate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>

namespace cais::cli {
namespace {

using Row = CertCommand::Row;

// As long as the server itself waits for an authority.
constexpr auto renew_time = std::chrono::minutes(31);
constexpr auto list_time = std::chrono::seconds(10);

std::string printable(std::string_view text)
{
    std::string safe;
    base::append_printable(safe, text);
    return safe;
}

// Whole days; of less than two the hours.
std::string time_left(base::Seconds until)
{
    const auto left = std::chrono::floor<std::chrono::seconds>(base::WallTime(until) - base::wall_now());
    if (left.count() <= 0) return "expired";
    const auto days = left.count() / 86400;
    if (days >= 2) return std::to_string(days);
    const auto hours = left.count() / 3600;
    return hours >= 1 ? std::to_string(hours) + " h" : std::to_string(left.count() / 60) + " min";
}

Row row_of(const acme::State::Listed& listed, const std::vector<acme::Wanted>& wanted, bool is_known)
{
    if (!listed.issue) return {"-", "-", "-", printable(listed.file) + ": " + base::describe(listed.issue.error())};
    const acme::Issue& issue = *listed.issue;
    const bool is_wanted = std::ranges::any_of(wanted, [&](const auto& one) { return one.name == issue.name; });
    std::string from = printable(issue.authority);
    if (is_known && !is_wanted) from += " (no site wants it)";
    return {printable(issue.name.text), issue.issuer, time_left(issue.not_after), from};
}

std::string hosts_of(const server::Site& site)
{
    std::string text;
    for (const auto& named : site.hosts) (text += text.empty() ? "" : " ") += named.host.text();
    return text;
}

Row row_of(const server::Site& site, const server::CertificateFiles& files)
{
    auto certificate = tls::Certificate::load(files.certificate, files.key);
    if (!certificate)
        return {hosts_of(site), "-", "-", printable(files.certificate) + ": " + base::describe(certificate.error())};
    std::string names;
    for (const auto& name : (*certificate)->names()) (names += names.empty() ? "" : " ") += printable(name);
    return {names, printable((*certificate)->issuer()), time_left((*certificate)->not_after()),
            printable(files.certificate)};
}

bool is_local(const server::Site& site)
{
    return site.tls.from == server::SiteTls::From::internal && site.has_tls_listener();
}

// They are in the memory of the server that runs and nowhere else: it is asked, where a site has one.
std::vector<Row> local_rows(const server::Configuration& configuration, const std::string& state)
{
    std::vector<Row> rows;
    if (std::ranges::none_of(configuration.sites, is_local)) return rows;
    const std::string issuer = "our local authority";
    const auto answer = server::ask_server(state, server::local_certificates_command, "", list_time);
    auto presented = server::local_certificates_in(answer && answer->is_done ? answer->text : "");
    for (const auto& site : configuration.sites) {
        if (!is_local(site)) continue;
        const std::string hosts = hosts_of(site);
        const auto found = std::ranges::find(presented, hosts, &server::LocalCertificate::hosts);
        if (found != presented.end()) {
            rows.push_back({hosts, issuer, time_left(found->not_after), "the server's memory (`cais trust`)"});
            presented.erase(found);
        } else if (answer && answer->is_done) {
            rows.push_back({hosts, issuer, "-", "made when the server takes this configuration (`cais reload`)"});
        } else {
            const std::string why = answer ? answer->text : answer.error();
            rows.push_back({hosts, issuer, "-", "made when a server starts (" + printable(why) + ")"});
        }
    }
    for (const auto& one : presented)
        rows.push_back(
            {printable(one.hosts), issuer, time_left(one.not_after), "the server's memory (no site wants it)"});
    return rows;
}

// Without a configuration what is saved is all that there is.
std::vector<Row> rows_of(const acme::State& saved, const server::Configuration* configuration)
{
    std::vector<Row> rows;
    const auto wanted =
        configuration == nullptr ? std::vector<acme::Wanted>{} : server::automatic_names(*configuration);
    const auto issues = saved.issues();
    for (const auto& listed : issues) rows.push_back(row_of(listed, wanted, configuration != nullptr));
    for (const auto& one : wanted) {
        const auto is_there = [&](const auto& listed) { return listed.issue && listed.issue->name == one.name; };
        if (std::ranges::any_of(issues, is_there)) continue;
        rows.push_back(
            {one.name.text, "-", "-",
             "none yet: " +
                 (configuration->acme.directories.empty() ? "" : printable(configuration->acme.directories.front()))});
    }
    if (configuration == nullptr) return rows;
    for (const auto& site : configuration->sites)
        for (const auto& files : site.tls.files) rows.push_back(row_of(site, files));
    return rows;
}

}  // namespace

std::string table_of(const std::vector<Row>& rows)
{
    const Row head{"NAMES", "ISSUER", "DAYS LEFT", "FROM"};
    std::size_t names = head.names.size();
    std::size_t issuer = head.issuer.size();
    for (const auto& row : rows) {
        names = std::clamp<std::size_t>(row.names.size(), names, 40);
        issuer = std::clamp<std::size_t>(row.issuer.size(), issuer, 40);
    }
    std::string text;
    const auto put = [&text](std::string_view cell, std::size_t width) {
        text += cell;
        text.append(cell.size() < width ? width - cell.size() : 0, ' ');
        text += "  ";
    };
    const auto add = [&](const Row& row) {
        put(row.names, names);
        put(row.issuer, issuer);
        put(row.days_left, head.days_left.size());
        (text += row.from) += '\n';
    };
    add(head);
    for (const auto& row : rows) add(row);
    return text;
}

void CertCommand::add_options(CLI::App& app)
{
    app.require_subcommand(0, 1);
    const auto command = [&](const char* name, const char* what) -> CLI::App& {
        return option_.add_command(app, name, what, chosen_);
    };
    command("list", "Names, issuers, days left, and where each certificate is from.");
    CLI::App& renew = command("renew", "Has the running server get another certificate now, and waits for it.");
    renew.add_option("NAME", name_, "A host of a site with `tls = \"auto\"`.")->type_name("")->required();
}

int CertCommand::run()
{
    if (chosen_ == nullptr) {
        std::cerr << "cais: cert wants to know what; there are `list` and `renew`.\nTry `cais cert --help`.\n";
        return 2;
    }
    auto state = option_.choose();
    if (!state) {
        std::cerr << "cais: " << state.error() << "\n";
        return 1;
    }
    state_ = std::move(*state);
    std::cerr << told(state_);
    return chosen_->get_name() == "list" ? list() : renew();
}

int CertCommand::list() const
{
    const acme::State saved(state_.folder + "/acme");
    std::vector<Row> rows;
    if (state_.file.empty()) {
        rows = rows_of(saved, nullptr);
    } else {
        // A mistake in it hides nothing of what is there.
        const auto document = config::Document::read(state_.file);
        const auto configuration = server::read_configuration(*document);
        if (document->diagnostics().has_errors())
            std::cerr << "cais: " << printable(state_.file) << " has mistakes; `cais check` says which\n";
        rows = rows_of(saved, &configuration);
        std::ranges::move(local_rows(configuration, state_.folder), std::back_inserter(rows));
    }
    if (rows.empty()) std::cerr << "no certificates\n";
    else std::cout << table_of(rows);
    return 0;
}

int CertCommand::renew() const
{
    const auto answer = server::ask_server(state_.folder, "renew", name_, renew_time);
    if (!answer) {
        std::cerr << "cais: " << answer.error() << "\n";
        return 1;
    }
    const std::string text = printable(name_) + ": " + answer->text + "\n";
    (answer->is_done ? std::cout : std::cerr) << (answer->is_done ? text : "cais: " + text);
    return answer->is_done ? 0 : 1;
}

}  // namespace cais::cli

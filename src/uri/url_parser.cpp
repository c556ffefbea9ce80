#include "uri/url_parser.h"

#include "base/text.h"
#include "uri/percent.h"
#include "uri/percent_sets.h"

#include <algorithm>

namespace cais::uri {
namespace {

constexpr auto scheme_octet = base::OctetSet("+-.").with('0', '9').with('a', 'z').with('A', 'Z');
constexpr auto tab_or_line_end = base::OctetSet("\t\r\n");

// §4.1: a letter, and ":" or, in what was parsed already, nothing else.
bool is_drive_letter(std::string_view text)
{
    return text.size() == 2 && base::is_alpha(text[0]) && (text[1] == ':' || text[1] == '|');
}
bool is_normal_drive_letter(std::string_view text) { return is_drive_letter(text) && text[1] == ':'; }
bool starts_with_drive_letter(std::string_view text)
{
    if (!is_drive_letter(text.substr(0, 2))) return false;
    return text.size() == 2 || std::string_view("/\\?#").contains(text[2]);
}

bool is_single_dot(std::string_view segment) { return segment == "." || base::equals_ignoring_case(segment, "%2e"); }
bool is_double_dot(std::string_view segment)
{
    return segment == ".." || base::equals_ignoring_case(segment, ".%2e") ||
           base::equals_ignoring_case(segment, "%2e.") || base::equals_ignoring_case(segment, "%2e%2e");
}

}  // namespace

std::optional<Error> UrlParser::parse(std::string_view text)
{
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
    clean(text);
    return run(UrlState::scheme_start);
}

std::optional<Error> UrlParser::parse_part(std::string_view text, UrlState from)
{
    is_override_ = true;
    is_special_ = url_.is_special();
    clean(text);
    return run(from);
}

void UrlParser::clean(std::string_view text)
{
    input_.clear();
    base::append_utf8(input_, text);
    std::erase_if(input_, [](char c) { return tab_or_line_end.has(c); });
}

std::optional<Error> UrlParser::run(UrlState from)
{
    state_ = from;
    for (at_ = 0; at_ <= input_.size();) {  // the end is a step, too
        Step done = step();
        if (done.error) return done.error;
        if (done.next == Next::stop) break;
    }
    return std::nullopt;
}

UrlParser::Step UrlParser::step()
{
    switch (state_) {
    case UrlState::scheme_start: return in_scheme_start();
    case UrlState::scheme: return in_scheme();
    case UrlState::no_scheme: return in_no_scheme();
    case UrlState::special_relative_or_authority: return in_special_relative_or_authority();
    case UrlState::path_or_authority: return in_path_or_authority();
    case UrlState::relative: return in_relative();
    case UrlState::relative_slash: return in_relative_slash();
    case UrlState::special_authority_slashes: return in_special_authority_slashes();
    case UrlState::special_authority_ignore_slashes: return in_special_authority_ignore_slashes();
    case UrlState::authority: return in_authority();
    case UrlState::host:
    case UrlState::hostname: return in_host();
    case UrlState::port: return in_port();
    case UrlState::file: return in_file();
    case UrlState::file_slash: return in_file_slash();
    case UrlState::file_host: return in_file_host();
    case UrlState::path_start: return in_path_start();
    case UrlState::path: return in_path();
    case UrlState::opaque_path: return in_opaque_path();
    case UrlState::query: return in_query();
    case UrlState::fragment: return in_fragment();
    }
    return {};
}

UrlParser::Step UrlParser::in_scheme_start()
{
    if (!at_end() && base::is_alpha(input_[at_])) {
        buffer_ += base::to_lower(input_[at_]);
        return to(UrlState::scheme);
    }
    return is_override_ ? broken("a scheme that does not begin with a letter") : back_to(UrlState::no_scheme);
}

UrlParser::Step UrlParser::in_scheme()
{
    if (!at_end() && scheme_octet.has(input_[at_])) {
        buffer_ += base::to_lower(input_[at_]);
        return to(UrlState::scheme);
    }
    if (!is(':')) {
        if (is_override_) return broken("a character that no scheme has");
        buffer_.clear();
        at_ = 0;
        return back_to(UrlState::no_scheme);
    }
    if (is_override_) {
        const bool stays = is_special_ != is_special_scheme(buffer_) ||
                           (buffer_ == "file" && (url_.has_credentials() || url_.port)) ||
                           (url_.scheme == "file" && url_.host && url_.host->name.empty());
        if (!stays) {
            set_scheme(std::move(buffer_));
            if (url_.port == default_port(url_.scheme)) url_.port.reset();
        }
        return {Next::stop};
    }
    set_scheme(std::move(buffer_));
    buffer_.clear();
    if (url_.scheme == "file") return to(UrlState::file);
    if (is_special_ && base_ != nullptr && base_->scheme == url_.scheme)
        return to(UrlState::special_relative_or_authority);
    if (is_special_) return to(UrlState::special_authority_slashes);
    if (rest().starts_with('/')) {
        ++at_;
        return to(UrlState::path_or_authority);
    }
    url_.has_opaque_path = true;
    return to(UrlState::opaque_path);
}

UrlParser::Step UrlParser::in_no_scheme()
{
    if (base_ == nullptr) return broken("a URL without a scheme");
    if (base_->has_opaque_path && !is('#')) return broken("a relative URL, and a base that has no hierarchy");
    if (base_->has_opaque_path) {
        set_scheme(base_->scheme);
        url_.path = base_->path;
        url_.has_opaque_path = true;
        url_.query = base_->query;
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    return back_to(base_->scheme == "file" ? UrlState::file : UrlState::relative);
}

UrlParser::Step UrlParser::in_special_relative_or_authority()
{
    if (!is('/') || !rest().starts_with('/')) return back_to(UrlState::relative);
    ++at_;
    return to(UrlState::special_authority_ignore_slashes);
}

UrlParser::Step UrlParser::in_path_or_authority()
{
    return is('/') ? to(UrlState::authority) : back_to(UrlState::path);
}

// The base's path and query, as far as what comes leaves them. Nothing: a path comes, relative to the base's.
std::optional<UrlParser::Step> UrlParser::after_path_of_base(UrlState at_the_end)
{
    url_.path = base_->path;
    url_.query = base_->query;
    if (is('?')) {
        url_.query.emplace();
        return to(UrlState::query);
    }
    if (is('#')) {
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    if (at_end()) return to(at_the_end);
    url_.query.reset();
    return std::nullopt;
}

UrlParser::Step UrlParser::in_relative()
{
    set_scheme(base_->scheme);
    if (is_slash()) return to(UrlState::relative_slash);
    take_authority_of_base();
    if (const auto next = after_path_of_base(UrlState::relative)) return *next;
    shorten();
    return back_to(UrlState::path);
}

UrlParser::Step UrlParser::in_relative_slash()
{
    if (is_special_ && is_slash()) return to(UrlState::special_authority_ignore_slashes);
    if (is('/')) return to(UrlState::authority);
    take_authority_of_base();
    return back_to(UrlState::path);
}

UrlParser::Step UrlParser::in_special_authority_slashes()
{
    if (!is('/') || !rest().starts_with('/')) return back_to(UrlState::special_authority_ignore_slashes);
    ++at_;
    return to(UrlState::special_authority_ignore_slashes);
}

UrlParser::Step UrlParser::in_special_authority_ignore_slashes()
{
    if (is('/') || is('\\')) return to(UrlState::special_authority_ignore_slashes);
    return back_to(UrlState::authority);
}

UrlParser::Step UrlParser::in_authority()
{
    if (is('@')) {  // what was read was user information, and an "@" before this one part of it
        std::string_view information = buffer_;
        if (seen_at_) append_percent_encoded(seen_password_ ? url_.password : url_.username, "@", plain_in_userinfo);
        seen_at_ = true;
        if (!seen_password_) {
            const std::size_t colon = information.find(':');
            append_percent_encoded(url_.username, information.substr(0, colon), plain_in_userinfo);
            seen_password_ = colon != std::string_view::npos;
            information.remove_prefix(seen_password_ ? colon + 1 : information.size());
        }
        append_percent_encoded(url_.password, information, plain_in_userinfo);
        buffer_.clear();
        return to(UrlState::authority);
    }
    if (!ends_authority()) {
        buffer_ += input_[at_];
        return to(UrlState::authority);
    }
    if (seen_at_ && buffer_.empty()) return broken("user information without a host");
    at_ -= buffer_.size();
    buffer_.clear();
    return back_to(UrlState::host);
}

UrlParser::Step UrlParser::in_host()
{
    if (is_override_ && url_.scheme == "file") return back_to(UrlState::file_host);
    const bool ends_here = ends_authority();
    const bool has_port = !ends_here && is(':') && !in_brackets_;
    if (!ends_here && !has_port) {
        if (is('[')) in_brackets_ = true;
        if (is(']')) in_brackets_ = false;
        buffer_ += input_[at_];
        return to(state_);
    }
    if (buffer_.empty() && (has_port || is_special_)) return broken("the host is empty");
    if (is_override_ && has_port && state_ == UrlState::hostname) return broken("a port where only a host may be");
    if (is_override_ && buffer_.empty() && (url_.has_credentials() || url_.port))
        return broken("no host, where user information or a port is");
    auto host = parse_host(buffer_, !is_special_);
    if (!host) return {Next::stop, host.error()};
    url_.host = std::move(*host);
    buffer_.clear();
    if (has_port) return to(UrlState::port);
    return is_override_ ? Step{Next::stop} : back_to(UrlState::path_start);
}

UrlParser::Step UrlParser::in_port()
{
    if (!at_end() && base::is_digit(input_[at_])) {
        buffer_ += input_[at_];
        return to(UrlState::port);
    }
    if (!ends_authority() && !is_override_) return broken("a port that is no number");
    if (!buffer_.empty()) {
        // Zeros before it are no digits that count.
        const std::size_t first = std::min(buffer_.find_first_not_of('0'), buffer_.size() - 1);
        const auto port = base::parse_decimal(std::string_view(buffer_).substr(first));
        if (!port || *port > 65535) return broken("a port above 65535");
        url_.port = static_cast<std::uint16_t>(*port);
        if (url_.port == default_port(url_.scheme)) url_.port.reset();
        buffer_.clear();
        if (is_override_) return {Next::stop};
    }
    return is_override_ ? broken("a port that is no number") : back_to(UrlState::path_start);
}

UrlParser::Step UrlParser::in_file()
{
    set_scheme("file");
    url_.host.emplace();
    if (is('/') || is('\\')) return to(UrlState::file_slash);
    if (base_ == nullptr || base_->scheme != "file") return back_to(UrlState::path);
    url_.host = base_->host;
    if (const auto next = after_path_of_base(UrlState::file)) return *next;
    if (starts_with_drive_letter(from_here())) url_.path.clear();
    else shorten();
    return back_to(UrlState::path);
}

UrlParser::Step UrlParser::in_file_slash()
{
    if (is('/') || is('\\')) return to(UrlState::file_host);
    if (base_ != nullptr && base_->scheme == "file") {
        url_.host = base_->host;
        const std::string_view segments = base_->path;
        const std::string_view first = segments.substr(0, segments.find('/', 1));
        const bool has_drive = first.starts_with('/') && is_normal_drive_letter(first.substr(1));
        if (has_drive && !starts_with_drive_letter(from_here())) url_.path = first;
    }
    return back_to(UrlState::path);
}

UrlParser::Step UrlParser::in_file_host()
{
    if (!at_end() && !is('/') && !is('\\') && !is('?') && !is('#')) {
        buffer_ += input_[at_];
        return to(UrlState::file_host);
    }
    // A drive letter is the beginning of the path, and stays in the buffer for it.
    if (!is_override_ && is_drive_letter(buffer_)) return back_to(UrlState::path);
    Host host;
    if (!buffer_.empty()) {
        auto parsed = parse_host(buffer_, !is_special_);
        if (!parsed) return {Next::stop, parsed.error()};
        if (parsed->name != "localhost") host = std::move(*parsed);
        buffer_.clear();
    }
    url_.host = std::move(host);
    return is_override_ ? Step{Next::stop} : back_to(UrlState::path_start);
}

UrlParser::Step UrlParser::in_path_start()
{
    if (is_special_) return is('/') || is('\\') ? to(UrlState::path) : back_to(UrlState::path);
    if (!is_override_ && is('?')) {
        url_.query.emplace();
        return to(UrlState::query);
    }
    if (!is_override_ && is('#')) {
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    if (!at_end()) return is('/') ? to(UrlState::path) : back_to(UrlState::path);
    if (is_override_ && !url_.host) url_.path += '/';
    return to(UrlState::path_start);
}

UrlParser::Step UrlParser::in_path()
{
    const bool ends_path = at_end() || (!is_override_ && (is('?') || is('#')));
    if (!ends_path && !is_slash()) {
        append_percent_encoded(buffer_, from_here().substr(0, 1), plain_in_path);
        return to(UrlState::path);
    }
    end_segment();
    buffer_.clear();
    if (is('?') && ends_path) {
        url_.query.emplace();
        return to(UrlState::query);
    }
    if (is('#') && ends_path) {
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    return to(UrlState::path);
}

// A segment in the buffer, and what ended it at hand: "." and ".." are worked off, the others are kept.
void UrlParser::end_segment()
{
    if (is_double_dot(buffer_)) {
        shorten();
        if (!is_slash()) url_.path += '/';
        return;
    }
    if (is_single_dot(buffer_)) {
        if (!is_slash()) url_.path += '/';
        return;
    }
    if (url_.scheme == "file" && url_.path.empty() && is_drive_letter(buffer_)) buffer_[1] = ':';
    (url_.path += '/') += buffer_;
}

UrlParser::Step UrlParser::in_opaque_path()
{
    if (is('?')) {
        url_.query.emplace();
        return to(UrlState::query);
    }
    if (is('#')) {
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    if (is(' ')) {  // one at the end would be lost where this is read again
        const bool is_last = rest().starts_with('?') || rest().starts_with('#');
        url_.path += is_last ? "%20" : " ";
    } else if (!at_end()) {
        append_percent_encoded(url_.path, from_here().substr(0, 1), plain_in_opaque);
    }
    return to(UrlState::opaque_path);
}

UrlParser::Step UrlParser::in_query()
{
    if (!is_override_ && is('#')) {
        url_.fragment.emplace();
        return to(UrlState::fragment);
    }
    const auto& plain = is_special_ ? plain_in_special_query : plain_in_query;
    if (!at_end()) append_percent_encoded(*url_.query, from_here().substr(0, 1), plain);
    return to(UrlState::query);
}

UrlParser::Step UrlParser::in_fragment()
{
    append_percent_encoded(*url_.fragment, from_here(), plain_in_fragment);
    at_ = input_.size();
    return to(UrlState::fragment);
}

UrlParser::Step UrlParser::broken(const char* what)
{
    return {Next::stop, Error{Error::malformed, 0, what, "WHATWG URL §4.4"}};
}

UrlParser::Step UrlParser::to(UrlState state) noexcept
{
    state_ = state;
    ++at_;
    return {};
}

UrlParser::Step UrlParser::back_to(UrlState state) noexcept
{
    state_ = state;
    return {};
}

std::string_view UrlParser::rest() const noexcept
{
    return at_end() ? std::string_view() : std::string_view(input_).substr(at_ + 1);
}

void UrlParser::set_scheme(std::string scheme)
{
    url_.scheme = std::move(scheme);
    is_special_ = url_.is_special();
}

void UrlParser::take_authority_of_base()
{
    url_.username = base_->username;
    url_.password = base_->password;
    url_.host = base_->host;
    url_.port = base_->port;
}

// §4.4, shorten: the last segment goes, but never a drive letter that is all there is.
void UrlParser::shorten()
{
    std::string& segments = url_.path;
    if (segments.empty()) return;
    const std::size_t last = segments.rfind('/');
    if (url_.scheme == "file" && last == 0 && is_normal_drive_letter(std::string_view(segments).substr(1))) return;
    segments.resize(last);
}

}  // namespace cais::uri

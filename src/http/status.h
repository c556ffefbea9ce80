// Status codes: every one of the IANA HTTP Status Code Registry (RFC 9110 §16.2), with its reason phrase and its whole
// status line, ready made. Any code from 100 to 599 is a Status (RFC 9110 §15): one that nobody registered is treated
// as the first of its class, and is passed on as it is.
#pragma once
#include <cstdint>
#include <string_view>

namespace cais::http {

enum class Status : std::uint16_t {
    continue_ = 100,
    switching_protocols = 101,
    processing = 102,
    early_hints = 103,
    upload_resumption_supported = 104,

    ok = 200,
    created = 201,
    accepted = 202,
    non_authoritative_information = 203,
    no_content = 204,
    reset_content = 205,
    partial_content = 206,
    multi_status = 207,
    already_reported = 208,
    im_used = 226,

    multiple_choices = 300,
    moved_permanently = 301,
    found = 302,
    see_other = 303,
    not_modified = 304,
    use_proxy = 305,
    temporary_redirect = 307,
    permanent_redirect = 308,

    bad_request = 400,
    unauthorized = 401,
    payment_required = 402,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    not_acceptable = 406,
    proxy_authentication_required = 407,
    request_timeout = 408,
    conflict = 409,
    gone = 410,
    length_required = 411,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    misdirected_request = 421,
    unprocessable_content = 422,
    locked = 423,
    failed_dependency = 424,
    too_early = 425,
    upgrade_required = 426,
    precondition_required = 428,
    too_many_requests = 429,
    request_header_fields_too_large = 431,
    unavailable_for_legal_reasons = 451,

    internal_server_error = 500,
    not_implemented = 501,
    bad_gateway = 502,
    service_unavailable = 503,
    gateway_timeout = 504,
    http_version_not_supported = 505,
    variant_also_negotiates = 506,
    insufficient_storage = 507,
    loop_detected = 508,
    not_extended = 510,
    network_authentication_required = 511,
};

[[nodiscard]] constexpr std::uint16_t code_of(Status status) noexcept { return static_cast<std::uint16_t>(status); }

// Whether a number that came from outside is a status code at all.
[[nodiscard]] constexpr bool is_status(unsigned number) noexcept { return number >= 100 && number <= 599; }

[[nodiscard]] constexpr bool is_informational(Status status) noexcept { return code_of(status) / 100 == 1; }
[[nodiscard]] constexpr bool is_successful(Status status) noexcept { return code_of(status) / 100 == 2; }
[[nodiscard]] constexpr bool is_redirection(Status status) noexcept { return code_of(status) / 100 == 3; }
[[nodiscard]] constexpr bool is_client_error(Status status) noexcept { return code_of(status) / 100 == 4; }
[[nodiscard]] constexpr bool is_server_error(Status status) noexcept { return code_of(status) / 100 == 5; }

// Whether a response with this status has content when the method is not HEAD (RFC 9110 §6.4.1): not 1xx, 204, 304. A
// 205 is framed like any other, with a length of zero (RFC 9110 §15.3.6).
[[nodiscard]] constexpr bool may_have_content(Status status) noexcept
{
    return !is_informational(status) && status != Status::no_content && status != Status::not_modified;
}

// "Not Found"; empty for a code that nobody registered. Static storage.
[[nodiscard]] std::string_view reason_of(Status status) noexcept;

// "HTTP/1.1 404 Not Found\r\n"; without a reason "HTTP/1.1 299 \r\n", as RFC 9112 §4 has it. Static storage.
[[nodiscard]] std::string_view status_line(Status status) noexcept;

}  // namespace cais::http

// The names of fields. A name that we know is a small integer; any other stays text (RFC 9110 §5.1: case-insensitive).
#pragma once
#include <cstdint>
#include <string_view>

namespace cais::http {

enum class Name : std::uint8_t {
    other,  // a name that is not in this list
    accept, accept_charset, accept_encoding, accept_language, accept_patch, accept_ranges,
    access_control_allow_credentials, access_control_allow_headers, access_control_allow_methods,
    access_control_allow_origin, access_control_expose_headers, access_control_max_age,
    access_control_request_headers, access_control_request_method,
    age, allow, alt_svc, authentication_info, authorization, cache_control, cache_status, connection,
    content_disposition, content_encoding, content_language, content_length, content_location, content_range,
    content_security_policy, content_type, cookie, date, dav, depth, destination, early_data, etag, expect, expires,
    forwarded, from, host, http2_settings, if_, if_match, if_modified_since, if_none_match, if_range,
    if_unmodified_since, keep_alive, last_modified, link, location, lock_token, max_forwards, origin, overwrite, ping_from,
    pragma, prefer, priority, proxy_authenticate, proxy_authorization, proxy_connection, range, referer, referrer_policy,
    retry_after, sec_fetch_mode, sec_fetch_site, sec_websocket_accept, sec_websocket_extensions, sec_websocket_key,
    sec_websocket_protocol, sec_websocket_version, server, set_cookie, strict_transport_security, te, timeout, traceparent,
    trailer, transfer_encoding, upgrade, user_agent, vary, via, want_content_digest, content_digest, www_authenticate,
    x_content_type_options, x_forwarded_for, x_forwarded_host, x_forwarded_proto, x_frame_options,
    count_,
};

// The known name that `text` is, in any case; other where there is none. Cost: one hash, at most a few comparisons.
[[nodiscard]] Name name_of(std::string_view text) noexcept;

// As we write it: "Content-Type". Empty for other.
[[nodiscard]] std::string_view text_of(Name name) noexcept;

}  // namespace cais::http

#include "modules/auth/password.h"

#include "base/base64.h"
#include "base/text.h"

#include <argon2.h>
#include <optional>

namespace cais::auth {
namespace {

constexpr std::size_t salt_octets = 16;  // RFC 9106 §4
constexpr std::size_t hash_octets = 32;
constexpr std::uint32_t most_memory = 256 * 1024;
constexpr std::uint32_t most_passes = 16;
constexpr std::uint32_t most_lanes = 16;

std::string unpadded(std::span<const std::uint8_t> octets)
{
    std::string text = base::to_base64(text_of(octets));
    while (text.ends_with('=')) text.pop_back();
    return text;
}

std::optional<std::vector<std::uint8_t>> octets_from(std::string_view text, std::size_t least, std::size_t most)
{
    if (text.ends_with('=')) return std::nullopt;
    const auto octets = base::from_base64(text, base::Padding::optional);
    if (!octets || octets->size() < least || octets->size() > most) return std::nullopt;
    return std::vector<std::uint8_t>(octets->begin(), octets->end());
}

// What stands before the next '$', which is taken too.
std::string_view next_part(std::string_view& rest)
{
    const auto end = rest.find('$');
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return part;
}

// "m=32768": the number, from `least` to `most`.
std::optional<std::uint32_t> parameter(std::string_view& rest, std::string_view name, std::uint32_t least,
                                       std::uint32_t most)
{
    const auto end = rest.find(',');
    auto text = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (!text.starts_with(name)) return std::nullopt;
    text.remove_prefix(name.size());
    const auto number = base::parse_decimal(text);
    if (!number || *number < least || *number > most) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

}  // namespace

Result<PasswordHash> PasswordHash::parse(std::string_view phc)
{
    if (!phc.starts_with('$')) return fail(Error::malformed, "the stored password is no PHC string");
    std::string_view rest = phc.substr(1);
    if (next_part(rest) != "argon2id")
        return fail(Error::unsupported, "the stored password is not of Argon2id", "RFC 9106");
    if (next_part(rest) != "v=19")
        return fail(Error::unsupported, "the stored password is not of Argon2's version 19 (1.3)", "RFC 9106 §3.1");
    std::string_view numbers = next_part(rest);
    const auto memory = parameter(numbers, "m=", 8, most_memory);
    const auto passes = parameter(numbers, "t=", 1, most_passes);
    const auto lanes = parameter(numbers, "p=", 1, most_lanes);
    if (!memory || !passes || !lanes || !numbers.empty() || *memory < 8 * *lanes)
        return fail(Error::unsupported,
                    "the stored password's parameters are out of bounds (m up to 262144, t and p up to 16)",
                    "RFC 9106 §3.1");
    auto salt = octets_from(next_part(rest), 8, 64);
    auto hash = octets_from(next_part(rest), 16, 64);
    if (!salt || !hash || !rest.empty() || phc.ends_with('$'))
        return fail(Error::malformed, "the stored password's salt or hash is broken");
    PasswordHash result;
    result.parameters_ = {*memory, *passes, *lanes};
    result.salt_ = std::move(*salt);
    result.hash_ = std::move(*hash);
    return result;
}

Result<PasswordHash> PasswordHash::make(std::string_view password)
{
    PasswordHash result;
    result.salt_.resize(salt_octets);
    result.hash_.resize(hash_octets);
    fill_random(result.salt_);
    auto done = result.compute(password, result.hash_);
    if (!done) return std::unexpected(done.error());
    return result;
}

PasswordHash PasswordHash::nobody()
{
    PasswordHash result;
    result.salt_.assign(salt_octets, 0);
    result.hash_.assign(hash_octets, 0);
    result.fits_nobody_ = true;
    return result;
}

std::string PasswordHash::text() const
{
    std::string text = "$argon2id$v=19$m=";
    base::append_decimal(text, parameters_.memory);
    text += ",t=";
    base::append_decimal(text, parameters_.passes);
    text += ",p=";
    base::append_decimal(text, parameters_.lanes);
    ((text += '$') += unpadded(salt_)) += '$';
    return text += unpadded(hash_);
}

Result<bool> PasswordHash::fits(std::string_view password) const
{
    std::vector<std::uint8_t> computed(hash_.size());
    auto done = compute(password, computed);
    if (!done) return std::unexpected(done.error());
    return is_equal(computed, hash_) && !fits_nobody_;
}

Result<void> PasswordHash::compute(std::string_view password, std::vector<std::uint8_t>& to) const
{
    argon2_context context{};
    context.out = to.data();
    context.outlen = static_cast<std::uint32_t>(to.size());
    // It takes pointers to what it may wipe, and does not unless it is told to.
    context.pwd = reinterpret_cast<std::uint8_t*>(
        const_cast<char*>(password.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    context.pwdlen = static_cast<std::uint32_t>(password.size());
    context.salt = const_cast<std::uint8_t*>(salt_.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    context.saltlen = static_cast<std::uint32_t>(salt_.size());
    context.t_cost = parameters_.passes;
    context.m_cost = parameters_.memory;
    context.lanes = parameters_.lanes;
    context.threads = 1;  // this one
    context.version = ARGON2_VERSION_13;
    const int status = argon2_ctx(&context, Argon2_id);
    if (status == ARGON2_OK) return {};
    if (status == ARGON2_MEMORY_ALLOCATION_ERROR) return fail(Error::exhausted, "no memory for hashing a password");
    return fail(Error::failed, "hashing a password failed");
}

std::string_view wrong_with_password(std::string_view password) noexcept
{
    if (password.empty()) return "it is empty";
    if (password.size() > longest_password) return "it is longer than 1024 octets";
    if (!base::is_utf8(password)) return "it is not UTF-8";
    for (const char c : password)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "it has a control character";
    return {};
}

}  // namespace cais::auth

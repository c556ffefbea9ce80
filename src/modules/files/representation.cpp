#include "modules/files/representation.h"

#include "http/date.h"
#include "io/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace cais::files {
namespace {

using http::Name;

// Clocks of files tick every few milliseconds; two changes within a tick look the same.
constexpr auto settling_time = std::chrono::milliseconds(20);

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept
{
    const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15ull) * (b ^ 0xD6E8FEB86659FD93ull);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// All of a small file. Errors: busy where it would have to wait.
Result<std::string> read_content(int file, std::uint64_t size, Blocking blocking)
{
    std::string content(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        iovec vector{content.data() + done, size - done};
        const ssize_t got =
            ::preadv2(file, &vector, 1, static_cast<off_t>(done), blocking == Blocking::no ? RWF_NOWAIT : 0);
        if (got < 0 && errno == EINTR) continue;
        // EOPNOTSUPP: this file system cannot say whether it would wait.
        if (got < 0 && blocking == Blocking::no && (errno == EAGAIN || errno == EOPNOTSUPP))
            return fail(Error::busy, "the content is not in the cache");
        if (got < 0) return fail_errno("read a file");
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    content.resize(done);
    return content;
}

}  // namespace

bool is_settled(const http::FileIdentity& identity)
{
    // A time that is still to come was set by a clock that ran ahead: the next change will not have the same.
    const auto age = base::wall_now().time_since_epoch() - std::chrono::nanoseconds(identity.changed);
    return std::chrono::abs(age) >= settling_time;
}

std::string opaque_tag(const http::FileIdentity& identity, std::string_view suffix)
{
    std::uint64_t value = mix(identity.inode, identity.size);
    value = mix(value, static_cast<std::uint64_t>(identity.modified));
    value = mix(value, static_cast<std::uint64_t>(identity.changed));
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 15];
    if (!suffix.empty()) (text += '-') += suffix;
    return text;
}

Result<Representation::Loaded> Representation::load(const Root& root, const Presentation& presentation,
                                                    Blocking blocking)
{
    auto file = root.open_file(presentation.name.c_str(), blocking);
    if (!file) return std::unexpected(file.error());
    base::Shared<Representation> representation(new Representation(presentation));
    struct ::statx status;
    if (::statx(file->get(), "", AT_EMPTY_PATH, http::identity_mask, &status) != 0) return fail_errno("look at a file");
    if (S_ISDIR(status.stx_mode)) return Loaded{{}, std::move(*file)};
    if (!S_ISREG(status.stx_mode)) return fail(Error::not_found, "neither a regular file nor a folder");
    representation->identity_ = http::FileIdentity::of(status);
    if (auto read = representation->read(std::move(*file), blocking); !read) return std::unexpected(read.error());
    representation->make_fields();
    return Loaded{representation, {}};
}

// Small content into memory, between two equal looks at the file, so that it is of one state and not of two.
Result<void> Representation::read(io::Descriptor file, Blocking blocking)
{
    may_be_kept_ = is_settled(identity_);
    constexpr int tries = 3;
    for (int i = 0; i < tries && identity_.size <= most_kept_content; ++i) {
        auto content = read_content(file.get(), identity_.size, blocking);
        if (!content) return std::unexpected(content.error());
        struct ::statx status;
        if (::statx(file.get(), "", AT_EMPTY_PATH, http::identity_mask, &status) != 0)
            return fail_errno("look at a file");
        const auto after = http::FileIdentity::of(status);
        if (after == identity_ && content->size() == identity_.size) {
            content_ = std::move(*content);
            return {};
        }
        identity_ = after;
        may_be_kept_ = false;
    }
    // Large, or changed as often as we looked: sent from the file, which is looked at again before its last piece.
    file_ = base::make_counted<const http::OpenFile>(std::move(file), identity_);
    return {};
}

http::Validators Representation::validators() const noexcept
{
    const bool weak = tag_.starts_with("W/");
    std::string_view opaque = tag_;
    opaque.remove_prefix(weak ? 3 : 1);
    opaque.remove_suffix(1);
    return {true, http::EntityTag{opaque, weak}, last_modified_};
}

void Representation::make_fields()
{
    // RFC 9110 §8.8.2.1: never later than the moment at which it is said.
    // On a loop that is the time of its turn, which Date gives; on the pool the turn is still to come.
    const auto now = base::wall_now();
    auto* const loop = io::Loop::current();
    last_modified_ = std::chrono::floor<std::chrono::seconds>(std::min(
        loop != nullptr ? loop->wall_now() : now, base::WallTime(std::chrono::nanoseconds(identity_.modified))));
    // Another content may come under the same identity: this tag is that of this reading alone, so that it does not
    // match then, weakly as clients compare it (RFC 9110 §13.1.2).
    if (may_be_kept_) tag_ = "\"" + opaque_tag(identity_) + "\"";
    else tag_ = "W/\"" + opaque_tag(identity_, std::to_string(now.time_since_epoch().count())) + "\"";
    std::array<char, http::date_octets> date;
    last_modified_text_ = http::write_date(last_modified_, date);
    const auto add = [this](Name name, std::string_view value) {
        const std::string_view text = http::text_of(name);
        fields_.push_back({text.data(), value.data(), static_cast<std::uint32_t>(value.size()),
                           static_cast<std::uint16_t>(text.size()), name});
    };
    fields_.reserve(8);
    add(Name::content_type, presentation_.type->type);
    if (presentation_.coding != http::ContentCoding::identity)
        add(Name::content_encoding, http::text_of(presentation_.coding));
    if (!presentation_.language.empty()) add(Name::content_language, presentation_.language);
    add(Name::etag, tag_);
    add(Name::last_modified, last_modified_text_);
    // To be asked again each time, which the tag makes cheap: we do not know how long a file will stay as it is.
    add(Name::cache_control, "no-cache");
    add(Name::accept_ranges, "bytes");
    add(Name::x_content_type_options, "nosniff");
}

http::Body Representation::body() const { return body(0, size()); }

http::Body Representation::body(std::uint64_t first, std::uint64_t length) const
{
    if (file_) return http::Body(http::FileSlice{file_, first, length});
    return http::Body(base::Bytes(std::string_view(content_).substr(first, length),
                                  base::Shared<const base::Counted>(base::Shared<const Representation>(this))));
}

}  // namespace cais::files

// A file as a representation: its validators, its type, the fields that it is sent with, and its content where it is
// small. Checked against the file by whoever keeps it (catalogue.h).
#pragma once
#include "base/shared.h"
#include "http/body.h"
#include "http/conditional.h"
#include "http/content_coding.h"
#include "http/fields.h"
#include "http/media_type_table.h"
#include "http/open_file.h"
#include "modules/files/root.h"

#include <string>
#include <string_view>
#include <vector>

namespace cais::files {

// Content up to this size is kept in memory and leaves in one send with its head.
inline constexpr std::uint64_t most_kept_content = 16 * 1024;

class Representation final : public base::Counted {
public:
    // How the file is presented: what its name says.
    struct Presentation {
        std::string name;  // below the root
        const http::KnownType* type = &http::unknown_type;
        http::ContentCoding coding = http::ContentCoding::identity;  // of the file itself: page.html.gz
        std::string language;                                        // empty: none is known
    };

    // Opens and reads `presentation.name`.
    // Errors    not_found: nothing is there, or neither a regular file nor (is_directory) a directory. busy: would have
    //           to wait, with Blocking::no. denied, exhausted.
    struct Loaded {
        base::Shared<const Representation> representation = {};
        io::Descriptor directory = {};  // where it is one
    };
    [[nodiscard]] static Result<Loaded> load(const Root& root, const Presentation& presentation, Blocking blocking);

    [[nodiscard]] const http::FileIdentity& identity() const noexcept { return identity_; }
    [[nodiscard]] const std::string& name() const noexcept { return presentation_.name; }
    [[nodiscard]] const http::KnownType& type() const noexcept { return *presentation_.type; }
    [[nodiscard]] http::ContentCoding coding() const noexcept { return presentation_.coding; }
    [[nodiscard]] std::uint64_t size() const noexcept { return identity_.size; }
    // False: it was changed so shortly before it was read that another change might not show. Not to be kept.
    [[nodiscard]] bool may_be_kept() const noexcept { return may_be_kept_; }
    // How much memory it holds, about.
    [[nodiscard]] std::size_t memory() const noexcept { return sizeof *this + content_.capacity() + 512; }

    [[nodiscard]] http::Validators validators() const noexcept;
    [[nodiscard]] std::string_view tag_text() const noexcept { return tag_; }
    [[nodiscard]] base::Seconds last_modified() const noexcept { return last_modified_; }

    // Content-Type, ETag and the others, ready to be added; views of this.
    [[nodiscard]] const std::vector<http::FieldLine>& fields() const noexcept { return fields_; }

    // All of it, or a part. Keeps this alive.
    [[nodiscard]] http::Body body() const;
    [[nodiscard]] http::Body body(std::uint64_t first, std::uint64_t length) const;
    [[nodiscard]] const std::string* content() const noexcept { return file_ ? nullptr : &content_; }
    [[nodiscard]] const base::Shared<const http::OpenFile>& file() const noexcept { return file_; }

private:
    explicit Representation(Presentation presentation)
        : presentation_(std::move(presentation))
    {
    }
    [[nodiscard]] Result<void> read(io::Descriptor file, Blocking blocking);
    void make_fields();

    Presentation presentation_;
    http::FileIdentity identity_;
    bool may_be_kept_ = true;
    std::string tag_;  // with its quotes, and W/ where it is weak
    base::Seconds last_modified_{};
    std::string last_modified_text_;
    std::string content_;
    base::Shared<const http::OpenFile> file_;  // where the content is not kept
    std::vector<http::FieldLine> fields_;
};

// False: it was changed less than 20 ms ago, and another change might not show. Clocks of files tick coarsely.
[[nodiscard]] bool is_settled(const http::FileIdentity& identity);

// The tag of a file in this state, without quotes: `suffix` tells forms of the same file apart.
[[nodiscard]] std::string opaque_tag(const http::FileIdentity& identity, std::string_view suffix = {});

}  // namespace cais::files

// What a folder holds beside the files that are asked for: languages and codings of the same page.
//
//   page.html  page.html.br  page.html.gz            the same, in codings
//   page.en.html  page.pt-BR.html  page.en.html.gz   languages of page.html, whether or not that is there itself
#pragma once
#include "base/clock.h"
#include "base/shared.h"
#include "http/content_coding.h"
#include "http/open_file.h"
#include "modules/files/root.h"

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cais::files {

// A file that is another form of `base`, by its name.
struct Variant {
    std::string name;      // in the folder
    std::string language;  // empty: that of the page itself, which is not known
    http::ContentCoding coding = http::ContentCoding::identity;
};

// The page that a name is a variant of: "page.html" for "page.en.html.gz".
struct ParsedVariant {
    std::string base;
    Variant variant;
};
// False where it is none; then what `to` holds means nothing.
[[nodiscard]] bool parse_variant(std::string_view name, ParsedVariant& to);

// How much memory the folders of one loop hold, about, whoever holds them.
struct FolderTally final : base::Counted {
    std::size_t memory = 0;
};

// One folder, as it was when it was read. Its identity tells whether it still is.
class Folder final : public base::Counted {
public:
    // Names kept of one folder, and names looked at; what comes beyond is as if it were not there.
    static constexpr std::size_t most_variants = 4096;
    static constexpr std::size_t most_names = 262'144;  // some 0.1 s

    // Reads the folder at `path` below the root ("." for itself). One that may not be read (EACCES) and yet entered has
    // no variants.
    [[nodiscard]] static Result<base::Shared<Folder>> load(const Root& root, const std::string& path);

    [[nodiscard]] std::span<const Variant> variants_of(const std::string& name) const;
    [[nodiscard]] const http::FileIdentity& identity() const noexcept { return identity_; }
    [[nodiscard]] bool may_be_kept() const noexcept { return may_be_kept_; }

    std::uint64_t checked_turn = 0;  // of the loop
    base::Instant checked{};

    // From here on what it holds is counted, as long as it lives.
    void count_in(base::Shared<FolderTally> tally);
    [[nodiscard]] std::size_t memory() const noexcept { return memory_; }

    Folder() = default;
    ~Folder() override;

private:
    [[nodiscard]] Result<void> read(int directory);

    std::size_t memory_ = 512;
    base::Shared<FolderTally> tally_;
    http::FileIdentity identity_;
    bool may_be_kept_ = true;
    std::unordered_map<std::string, std::vector<Variant>> variants_;
};

}  // namespace cais::files

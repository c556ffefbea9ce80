// Secrets that a configuration names instead of showing: `env:NAME`, `file:PATH`.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cais::config {

class Document;

struct Secret {
    std::optional<std::string> value = {};  // empty: `fault` says why
    std::string fault = {};
    std::string warning = {};  // "others may read /etc/key"
    std::string hint = {};
};

// A file is read whole, at most 64 KiB; one line end at its close is not part of the secret, nor may a secret be empty.
// Reads from the disk, and waits for it.
[[nodiscard]] Secret read_secret(std::string_view text, const Document& document);

}  // namespace cais::config

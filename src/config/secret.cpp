#include "config/secret.h"

#include "config/document.h"
#include "config/file.h"

#include <cstdlib>

#include <sys/stat.h>

namespace cais::config {
namespace {

constexpr std::size_t most_octets = std::size_t{64} << 10;

Secret from_environment(const std::string& name)
{
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {.fault = "the environment has no `" + name + "`"};
    if (*value == '\0') return {.fault = "`" + name + "` is empty in the environment"};
    return {.value = value};
}

Secret from_file(const std::string& path)
{
    auto file = read_file(path, most_octets);
    if (!file) return {.fault = path + ": " + base::describe(file.error())};
    if (file->content.ends_with('\n')) file->content.pop_back();
    if (file->content.ends_with('\r')) file->content.pop_back();
    if (file->content.empty()) return {.fault = path + " is empty"};
    Secret secret{.value = std::move(file->content)};
    if ((file->mode & S_IRWXO) != 0) {
        secret.warning = "others may read " + path;
        secret.hint = "chmod o= takes that from them";
    }
    return secret;
}

}  // namespace

Secret read_secret(std::string_view text, const Document& document)
{
    if (text.starts_with("env:")) return from_environment(std::string(text.substr(4)));
    if (text.starts_with("file:")) return from_file(document.resolve(text.substr(5)));
    if (text.empty()) return {.fault = "it is empty"};
    return {.value = std::string(text)};
}

}  // namespace cais::config

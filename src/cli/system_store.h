// The system's certificate store, as Debian keeps it: what curl, wget, git and most programs but browsers trust. Only
// root may change it, and we never are: what is to be done is given as one command.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cais::cli {

// The places; others in tests.
struct SystemStore {
    std::string additions = "/usr/local/share/ca-certificates";  // *.crt in it are taken
    std::string hashed = "/etc/ssl/certs";                       // where update-ca-certificates links them
    std::string tool = "/usr/sbin/update-ca-certificates";
};

enum class SystemPresence : unsigned char { unknown_system, absent, partly, present };

// Whether the certificate `pem`, of the authority called `name`, is in the store. Partly: the file is there or was, and
// update-ca-certificates has not run since; or it is another one of that name.
[[nodiscard]] SystemPresence presence(const SystemStore& store, const std::string& name, const std::string& pem);

// For a shell, without `sudo`: puts `file` there, or takes it out. Quoted where it has to be.
[[nodiscard]] std::string command_to_add(const SystemStore& store, const std::string& name, const std::string& file);
[[nodiscard]] std::string command_to_remove(const SystemStore& store, const std::string& name);

// One word of a shell's command (POSIX shell, §2.2.2).
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace cais::cli

// One NSS database, changed by Mozilla's own tool, certutil: who writes to it while a browser is running is then its
// business. Each call runs the tool, for some 10 ms.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace cais::cli {

// What is wrong, for a person; empty where nothing is.
using Fault = std::optional<std::string>;

class NssDatabase {
public:
    explicit NssDatabase(std::string folder)
        : folder_(std::move(folder))
    {
    }

    // Whether certutil can be run here at all.
    [[nodiscard]] static bool has_tool();

    enum class Presence : std::uint8_t {
        absent,
        other,      // another certificate has this name
        untrusted,  // it is there, but not as an authority for TLS servers alone
        trusted,
    };
    // Whether the certificate `pem` is there, called `name`.
    [[nodiscard]] Fault look(const std::string& name, const std::string& pem, Presence& presence) const;

    // Makes the folder and an empty database without a password.
    [[nodiscard]] Fault make() const;
    // The certificate in `file`, absent or untrusted until now, becomes an authority for TLS servers, and for nothing
    // else. All or nothing.
    [[nodiscard]] Fault add(const std::string& name, const std::string& file, Presence until_now) const;
    [[nodiscard]] Fault remove(const std::string& name) const;

private:
    std::string folder_;
};

}  // namespace cais::cli

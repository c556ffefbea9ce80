// KeyLog: where the secrets of handshakes go, for who decrypts what he has recorded (Wireshark). Whoever has them reads
// everything: it is there only where somebody asked for it by name.
#pragma once
#include <string_view>

namespace cais::tls {

class KeyLog {
public:
    virtual ~KeyLog() = default;
    // One line of NSS's key log format, without its end. Of any thread; it does not wait.
    virtual void keep(std::string_view line) noexcept = 0;
};

}  // namespace cais::tls

// What the service manager is told: systemd's notification protocol, sd_notify(3), spoken directly, since it is one
// datagram. Without NOTIFY_SOCKET nobody asked, and nothing is sent.
#pragma once
#include <string>
#include <string_view>

#include <sys/types.h>

namespace cais::server {

class Notifier {
public:
    // To the socket that NOTIFY_SOCKET names: a path, or an abstract name behind `@`. Empty or missing: to nobody.
    Notifier();
    explicit Notifier(std::string socket);

    [[nodiscard]] bool is_heard() const noexcept { return !socket_.empty(); }

    // Serves from now on, or again.
    void ready(std::string_view status) const;
    // A reload begins; ready() ends it. With the time, as Type=notify-reload wants it.
    void reloading() const;
    void stopping() const;
    // Another process is the service from now on, and it is ready: said by the one that was.
    void handed_over(pid_t to, std::string_view status) const;

private:
    // Never waits: a manager that does not read loses the message.
    void send(std::string_view message) const;

    std::string socket_;
};

}  // namespace cais::server

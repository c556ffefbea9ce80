#include "server/notify.h"

#include "io/descriptor.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>

namespace cais::server {
namespace {

std::string status_line(std::string_view status)
{
    std::string line = "STATUS=";
    for (const char c : status) line += c == '\n' ? ' ' : c;
    return line;
}

}  // namespace

Notifier::Notifier()
    : Notifier([] {
        const char* name = std::getenv("NOTIFY_SOCKET");
        return std::string(name == nullptr ? "" : name);
    }())
{
}

Notifier::Notifier(std::string socket)
    : socket_(std::move(socket))
{
}

void Notifier::ready(std::string_view status) const { send("READY=1\n" + status_line(status)); }

void Notifier::reloading() const
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Notifier::stopping() const { send("STOPPING=1"); }

void Notifier::handed_over(pid_t to, std::string_view status) const
{
    send("MAINPID=" + std::to_string(to) + "\nREADY=1\n" + status_line(status));
}

void Notifier::send(std::string_view message) const
{
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
    if (socket_[0] != '/' && socket_[0] != '@') return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_[0] == '@') address.sun_path[0] = '\0';
    const io::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace cais::server

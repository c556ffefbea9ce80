#include "server/program.h"

#include "base/text.h"
#include "trace/log.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <spawn.h>
#include <system_error>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr const char* variable = "CAIS_INHERITED";
constexpr int first_listen_descriptor = 3;  // SD_LISTEN_FDS_START

std::string message(int number) { return std::generic_category().message(number); }

std::string whole(const char* path)
{
    std::string text;
    const io::Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    char piece[4096];
    for (ssize_t got = 0; file && (got = ::read(file.get(), piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
    return text;
}

std::vector<std::string> split(std::string_view text, char at)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(at), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_this_program(const std::string& path)
{
    struct stat named{};
    struct stat ours{};
    return ::stat(path.c_str(), &named) == 0 && ::stat("/proc/self/exe", &ours) == 0 && named.st_dev == ours.st_dev &&
           named.st_ino == ours.st_ino;
}

// The name that leads to this program, without following links in it.
std::string find_path(const std::string& called)
{
    std::vector<std::string> candidates;
    if (called.starts_with('/')) {
        candidates.push_back(called);
    } else if (called.contains('/')) {
        char* folder = ::getcwd(nullptr, 0);
        if (folder != nullptr) candidates.push_back(std::string(folder) + "/" + called);
        std::free(folder);  // NOLINT: getcwd allocates with malloc
    } else if (const char* search = std::getenv("PATH"); search != nullptr) {
        for (const auto& folder : split(search, ':')) candidates.push_back(folder + "/" + called);
    }
    for (auto& candidate : candidates)
        if (candidate.starts_with('/') && is_this_program(candidate)) return candidate;
    char path[4096];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : called;
}

std::optional<int> descriptor_of(std::string_view text)
{
    const auto number = base::parse_decimal(text);
    if (!number || *number > 1'000'000 || ::fcntl(static_cast<int>(*number), F_GETFD) < 0) return std::nullopt;
    return static_cast<int>(*number);
}

io::Descriptor owned(std::string_view text)
{
    const auto number = descriptor_of(text);
    if (!number) return {};
    ::fcntl(*number, F_SETFD, FD_CLOEXEC);
    return io::Descriptor(*number);
}

bool is_listening(int socket)
{
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
}

void take_ours(const std::string& line, Inheritance& inheritance)
{
    const auto words = split(line, ' ');
    const auto from = words.empty() ? std::nullopt : base::parse_decimal(words[0]);
    if (!from || (static_cast<pid_t>(*from) != ::getppid() && static_cast<pid_t>(*from) != ::getpid())) return;
    for (const std::string_view word : words) {
        const auto equals = word.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = word.substr(0, equals);
        const auto value = word.substr(equals + 1);
        if (name == "lock") inheritance.lock = owned(value);
        if (name == "ready") inheritance.ready = owned(value);
        if (name == "other") inheritance.others.push_back(owned(value));
        if (name == "text") inheritance.text = value;
        if (name == "old") {
            const auto colon = value.find(':');
            const auto pid = base::parse_decimal(value.substr(0, colon));
            const auto began =
                colon == std::string_view::npos ? std::nullopt : base::parse_decimal(value.substr(colon + 1));
            if (pid && began) inheritance.old.push_back({static_cast<pid_t>(*pid), *began});
        }
        if (name == "socket") {
            const auto parts = split(value, ',');
            if (parts.size() != 3) continue;
            const auto asked = io::Address::parse(parts[1]);
            auto socket = owned(parts[0]);
            if (asked && socket) inheritance.sockets.push_back({std::move(socket), *asked, parts[2] == "1"});
        }
    }
}

void take_systemds(Inheritance& inheritance)
{
    const char* pid = std::getenv("LISTEN_PID");
    const char* count = std::getenv("LISTEN_FDS");
    const auto for_whom = pid == nullptr ? std::nullopt : base::parse_decimal(pid);
    const auto how_many = count == nullptr ? std::nullopt : base::parse_decimal(count);
    if (for_whom && how_many && static_cast<pid_t>(*for_whom) == ::getpid()) {
        for (int fd = first_listen_descriptor;
             fd < first_listen_descriptor + static_cast<int>(std::min<std::uint64_t>(*how_many, 4096)); ++fd) {
            auto socket = owned(std::to_string(fd));
            if (!socket) continue;
            sockaddr_storage address{};
            socklen_t length = sizeof address;
            const bool is_internet = ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
                                     (address.ss_family == AF_INET || address.ss_family == AF_INET6);
            if (!is_internet || !is_listening(socket.get())) {
                trace::log(trace::Level::warning, "LISTEN_FDS: descriptor " + std::to_string(fd) +
                                                      " is no TCP socket that listens; it is not used");
                continue;
            }
            ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
            inheritance.sockets.push_back({std::move(socket), {}, true});
        }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
}

// The line of the environment, and the descriptors that it names.
std::string line_of(const Inheritance& inheritance, std::vector<int>& descriptors)
{
    std::string line = variable + ("=" + std::to_string(::getpid()));
    const auto add = [&](const char* name, const io::Descriptor& descriptor, const std::string& more = {}) {
        if (!descriptor) return;
        ((((line += ' ') += name) += '=') += std::to_string(descriptor.get())) += more;
        descriptors.push_back(descriptor.get());
    };
    add("lock", inheritance.lock);
    add("ready", inheritance.ready);
    for (const auto& one : inheritance.sockets)
        add("socket", one.socket, "," + one.asked.text() + (one.is_lent ? ",1" : ",0"));
    for (const auto& one : inheritance.old) line += " old=" + std::to_string(one.pid) + ":" + std::to_string(one.began);
    for (const auto& other : inheritance.others) add("other", other);
    if (!inheritance.text.empty()) line += " text=" + inheritance.text;
    return line;
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> all;
    for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));  // NOLINT: exec has no const
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> environment_with(const std::vector<std::string>& first)
{
    std::vector<std::string> all = first;
    for (char** one = environ; *one != nullptr; ++one)
        if (!std::string_view(*one).starts_with(variable + std::string("="))) all.emplace_back(*one);
    return all;
}

}  // namespace

const Program& Program::own()
{
    static const Program program = [] {
        Program found;
        const std::string line = whole("/proc/self/cmdline");
        for (std::size_t at = 0; at < line.size();) {
            const auto end = std::min(line.find('\0', at), line.size());
            found.arguments.push_back(line.substr(at, end - at));
            at = end + 1;
        }
        found.path = find_path(found.arguments.empty() ? std::string() : found.arguments[0]);
        return found;
    }();
    return program;
}

ProcessName ProcessName::of(pid_t pid)
{
    const std::string text = whole(("/proc/" + std::to_string(pid) + "/stat").c_str());
    // The second field is a name in parentheses, which may hold anything; the state is the third, the start the 22nd.
    const auto end = text.rfind(')');
    if (end == std::string::npos) return {};
    const auto fields = split(std::string_view(text).substr(end + 1), ' ');
    if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return {};
    const auto began = base::parse_decimal(fields[19]);
    return began ? ProcessName{pid, *began} : ProcessName{};
}

Inheritance Inheritance::take()
{
    Inheritance inheritance;
    if (const char* line = std::getenv(variable); line != nullptr) {
        take_ours(line, inheritance);
        ::unsetenv(variable);
    }
    take_systemds(inheritance);
    return inheritance;
}

std::expected<pid_t, std::string> start(const std::string& path, const std::vector<std::string>& arguments,
                                        const std::vector<std::string>& environment,
                                        const std::vector<int>& descriptors)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    // To itself: it stays open, and that is all.
    for (const int descriptor : descriptors) ::posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor);
    // What is meant for a server waits until there is one: by default it would end the program.
    sigset_t waiting;
    sigemptyset(&waiting);
    for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&waiting, signal);
    sigset_t ignored;
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes, &waiting);
    ::posix_spawnattr_setsigdefault(&attributes, &ignored);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const auto variables = environment_with(environment);
    pid_t pid = 0;
    const int number = ::posix_spawn(&pid, path.c_str(), &actions, &attributes, pointers(arguments).data(),
                                     pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (number != 0) return std::unexpected(path + ": it cannot be started: " + message(number));
    return pid;
}

std::expected<pid_t, std::string> start_beside(const Program& program, const Inheritance& inheritance)
{
    std::vector<int> descriptors;
    const std::string line = line_of(inheritance, descriptors);
    return start(program.path, program.arguments, {line}, descriptors);
}

std::string become(const Program& program, const Inheritance& inheritance)
{
    std::vector<int> descriptors;
    const std::string line = line_of(inheritance, descriptors);
    const auto variables = environment_with({line});
    for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, 0);
    trace::flush();
    ::execve(program.path.c_str(), pointers(program.arguments).data(), pointers(variables).data());
    const int number = errno;
    for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return program.path + ": it cannot be started: " + message(number);
}

}  // namespace cais::server

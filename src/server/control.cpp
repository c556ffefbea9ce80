#include "server/control.h"

#include "base/text.h"
#include "io/listener.h"
#include "io/tcp.h"
#include "server/state_folder.h"
#include "trace/log.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr const char* socket_name = "control.sock";
constexpr auto question_time = std::chrono::seconds(10);
constexpr int most_tries = 5;
constexpr int try_interval_ms = 50;
constexpr auto answer_time = std::chrono::seconds(10);  // for the peer to take it

std::string message(int number) { return std::generic_category().message(number); }

// A name in an open folder as an address: through /proc, since the folder's own path may be longer than an address.
bool fill(sockaddr_un& address, int folder, const std::string& name)
{
    address = {};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + name;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    return true;
}

io::Descriptor unix_socket(int flags)
{
    return io::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

// Whether the peer is who may tell us what to do: ourselves, or root.
bool may_ask(int socket)
{
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

std::string text_of(const boost::json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const boost::json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string line_of(const ControlAnswer& answer)
{
    std::string line = answer.is_done ? R"({"done":true,"text":)" : R"({"done":false,"text":)";
    base::append_json_string(line, std::string_view(answer.text).substr(0, Control::most_answer / 8));
    return line + (answer.ask_again ? ",\"again\":true}\n" : "}\n");
}

}  // namespace

std::expected<std::unique_ptr<Control>, std::string> Control::open(const StateFolder& state)
{
    const std::string path = state.path() + "/" + socket_name;
    const auto fails = [&] { return std::unexpected(path + ": it cannot be listened at: " + message(errno)); };
    io::Descriptor folder(::fcntl(state.folder(), F_DUPFD_CLOEXEC, 3));
    io::Descriptor socket = unix_socket(SOCK_NONBLOCK);
    if (!folder || !socket) return fails();
    const std::string name = socket_name + ("." + std::to_string(::getpid()));
    sockaddr_un address;
    if (!fill(address, folder.get(), name)) return fails();
    ::unlinkat(folder.get(), name.c_str(), 0);  // of a process that had our number and died
    if (::fchmod(socket.get(), 0600) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fails();
    std::unique_ptr<Control> control(new Control(folder.release(), std::move(socket), name));
    return control;
}

Control::Control(int folder, io::Descriptor socket, std::string name)
    : folder_(folder)
    , listener_(std::make_unique<io::Listener>(std::move(socket)))
    , name_(std::move(name))
{
}

Control::~Control()
{
    if (is_published_ || name_ != socket_name) ::unlinkat(folder_.get(), name_.c_str(), 0);
}

void Control::add(std::string name, ControlCommand& command) { commands_.insert_or_assign(std::move(name), &command); }

std::expected<void, std::string> Control::publish()
{
    if (::listen(listener_->fd(), 64) != 0 || ::renameat(folder_.get(), name_.c_str(), folder_.get(), socket_name) != 0)
        return std::unexpected(std::string("the control socket cannot be made: ") + message(errno));
    name_ = socket_name;
    is_published_ = true;
    return {};
}

io::Task<void> Control::serve()
{
    for (;;) {
        const bool goes_on = co_await listener_->ready();
        if (!goes_on) break;
        auto accepted = listener_->try_accept();
        if (!accepted) {
            const bool not_cancelled = co_await io::sleep_for(std::chrono::seconds(1));
            if (!not_cancelled) break;
            continue;
        }
        if (!accepted->socket) continue;
        connections_.spawn(&Control::connection, *this, std::move(accepted->socket));
        while (connections_.size() >= most_connections) {
            one_less_.clear();
            auto waited = co_await one_less_.wait(base::without_limit);
            if (!waited) break;
        }
    }
    connections_.cancel();
    co_await connections_.end();
}

io::Task<void> Control::connection(io::Descriptor socket)
{
    if (may_ask(socket.get())) {
        io::TcpStream stream(std::move(socket));
        const base::Instant until = io::Loop::current()->now() + question_time;
        std::string question;
        bool is_whole = false;
        while (!is_whole && question.size() < most_question) {
            char piece[1024];
            const io::Progress progress = stream.try_read(piece);
            if (progress.state == io::Progress::done) {
                question.append(piece, progress.bytes);
                is_whole = question.ends_with('\n');
                continue;
            }
            if (progress.state != io::Progress::blocked) break;
            const base::Duration left = until - io::Loop::current()->now();
            auto ready = co_await stream.ready(io::Stream::For::reading,
                                               std::max<base::Duration>(left, std::chrono::milliseconds(1)));
            if (!ready) break;
        }
        if (is_whole) {
            auto given = co_await answer(std::move(question));
            const std::string line = line_of(given);
            std::string_view left = line;
            while (!left.empty()) {
                const io::Progress progress = stream.try_write({&left, 1}, io::More::no);
                if (progress.state == io::Progress::done) {
                    left.remove_prefix(progress.bytes);
                    continue;
                }
                if (progress.state != io::Progress::blocked) break;
                auto ready = co_await stream.ready(io::Stream::For::writing, answer_time);
                if (!ready) break;
            }
        }
    }
    one_less_.set();
}

io::Task<ControlAnswer> Control::answer(std::string question)
{
    boost::system::error_code error;
    const auto value = boost::json::parse(question, error);
    if (error || !value.is_object()) co_return ControlAnswer{false, "that is no question: one line with a JSON object"};
    const std::string name = text_of(value.get_object(), "command");
    const auto command = commands_.find(name);
    if (command == commands_.end()) co_return ControlAnswer{false, "this server knows no command of that name"};
    std::string argument = text_of(value.get_object(), "argument");
    ControlAnswer given;
    try {
        auto awaited = co_await command->second->run(std::move(argument));
        given = std::move(awaited);
    } catch (const std::exception& exception) {
        given = {false, exception.what()};
    }
    co_return given;
}

namespace {

// One conversation. What ended without an answer is to be asked again, too: the server that had listened was replaced
// before it took the question.
std::expected<ControlAnswer, std::string> ask_once(const std::string& state, const std::string& question,
                                                   base::Instant until)
{
    const std::string path = state + "/" + socket_name;
    const io::Descriptor folder(::open(state.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return std::unexpected(state + ": " + message(errno));
    const io::Descriptor socket = unix_socket(0);
    sockaddr_un address;
    if (!socket || !fill(address, folder.get(), socket_name)) return std::unexpected(path + ": " + message(errno));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) return std::unexpected("no server runs with the state " + state);
        return std::unexpected(path + ": " + message(errno));
    }
    // It fits a socket's buffer: neither waits for the other.
    const ControlAnswer none{false, "the server ended the conversation without an answer; its log may say why", true};
    if (::send(socket.get(), question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size()))
        return none;

    std::string line;
    while (!line.ends_with('\n')) {
        pollfd waiting{socket.get(), POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now()).count();
        if (left <= 0) return std::unexpected("the server has not answered in time");
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 60'000)));
        if (ready < 0 && errno != EINTR) return std::unexpected(path + ": " + message(errno));
        if (ready <= 0) continue;
        char piece[16 * 1024];
        const ssize_t got = ::recv(socket.get(), piece, sizeof piece, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || line.size() > Control::most_answer) return none;
        line.append(piece, static_cast<std::size_t>(got));
    }
    boost::system::error_code error;
    const auto value = boost::json::parse(line, error);
    if (error || !value.is_object()) return std::unexpected("the server's answer is not what this program understands");
    return ControlAnswer{flag_of(value.get_object(), "done"), text_of(value.get_object(), "text"),
                         flag_of(value.get_object(), "again")};
}

}  // namespace

std::expected<ControlAnswer, std::string> ask_server(const std::string& state, const std::string& command,
                                                     const std::string& argument, base::Duration limit)
{
    std::string question = R"({"command":)";
    base::append_json_string(question, command);
    if (!argument.empty()) base::append_json_string(question += R"(,"argument":)", argument);
    question += "}\n";
    const base::Instant until = base::now() + limit;
    for (int tries = 1;; ++tries) {
        auto answer = ask_once(state, question, until);
        if (!answer || !answer->ask_again) return answer;
        if (tries == most_tries) return std::unexpected(answer->text);
        ::poll(nullptr, 0, try_interval_ms);
    }
}

}  // namespace cais::server

#include "cli/password_prompt.h"

#include "base/text.h"
#include "cli/terminal.h"
#include "modules/auth/password.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <openssl/crypto.h>
#include <termios.h>

#include <poll.h>
#include <unistd.h>

namespace cais::cli {
namespace {

using Line = std::expected<auth::Secret, std::string>;

volatile std::sig_atomic_t caught = 0;
void catch_signal(int number) { caught = number; }

// A terminal that does not show what is typed. Whatever ends us gives it back as it was: such a signal is blocked but
// while we wait, or one that comes just before a read would be noticed only after it.
class Silence {
public:
    Silence()
    {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        sigset_t ending;
        sigemptyset(&ending);
        for (const int signal : signals) sigaddset(&ending, signal);
        ::pthread_sigmask(SIG_BLOCK, &ending, &mask_);
        struct sigaction action{};
        action.sa_handler = catch_signal;
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &actions_[i]);
        has_signals_ = true;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        is_set_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence()
    {
        if (is_set_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        if (!has_signals_) return;
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &actions_[i], nullptr);
        ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
        if (caught != 0) std::raise(caught);
    }
    [[nodiscard]] bool is_set() const noexcept { return is_set_; }

    // Until there is something to read. False: a signal came.
    [[nodiscard]] bool wait() const noexcept
    {
        for (;;) {
            pollfd typed{STDIN_FILENO, POLLIN, 0};
            if (::ppoll(&typed, 1, nullptr, &mask_) >= 0) return true;
            if (caught != 0 || errno != EINTR) return false;
        }
    }

private:
    static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    termios before_{};
    std::array<struct sigaction, signals.size()> actions_{};
    sigset_t mask_{};
    bool has_signals_ = false;
    bool is_set_ = false;
};

// Up to the line's end, an octet at a time: what follows it on a pipe is not ours to take.
Line read_line(const Silence* terminal = nullptr)
{
    std::string text;
    text.reserve(auth::longest_password + 2);  // never moved, so that no copy of it stays behind
    for (;;) {
        char c = 0;
        if (terminal != nullptr && !terminal->wait()) return std::unexpected("the password could not be read");
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected("the password could not be read");
        if (got == 0 && text.empty()) return std::unexpected("no password came: one line of standard input is wanted");
        if (got == 0 || c == '\n') break;
        if (text.size() > auth::longest_password)
            return std::unexpected("the password is refused: it is longer than 1024 octets");
        text += c;
    }
    if (text.ends_with('\r')) text.pop_back();
    return auth::Secret(std::move(text));
}

Line ask(const std::string& what)
{
    std::cerr << what << std::flush;
    const Silence silence;
    if (!silence.is_set()) return std::unexpected("the terminal would show the password");
    return read_line(&silence);
}

}  // namespace

Line ask_password(const std::string& name)
{
    const bool is_terminal_there = is_terminal(STDIN_FILENO);
    std::string shown;
    base::append_printable(shown, name);
    auto password = is_terminal_there ? ask("Password for " + shown + ": ") : read_line();
    if (!password) return password;
    if (const auto wrong = auth::wrong_with_password(password->view()); !wrong.empty())
        return std::unexpected("the password is refused: " + std::string(wrong));
    if (!is_terminal_there) return password;
    const auto again = ask("Once more: ");
    if (!again) return std::unexpected(again.error());
    if (again->view() != password->view()) return std::unexpected("the two are not the same");
    return password;
}

}  // namespace cais::cli

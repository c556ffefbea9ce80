#include "client/hosts_file.h"

#include "base/text.h"
#include "io/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::client {
namespace {

// The next word of a line; empty at its end.
std::string_view next_word(std::string_view& line)
{
    constexpr base::OctetSet blank(" \t\r\v\f");
    std::size_t from = 0;
    while (from < line.size() && blank.has(line[from])) ++from;
    std::size_t until = from;
    while (until < line.size() && !blank.has(line[until])) ++until;
    const std::string_view word = line.substr(from, until - from);
    line.remove_prefix(until);
    return word;
}

Result<io::Address> parse_ip(std::string_view text)
{
    const bool is_ip6 = text.contains(':');
    // Not done: an address with a zone ("fe80::1%lo0"): which interface is meant cannot be said in a URL either.
    return io::Address::parse(is_ip6 ? "[" + std::string(text) + "]:0" : std::string(text) + ":0");
}

}  // namespace

std::vector<io::Address> addresses_in_hosts(std::string_view text, std::string_view name)
{
    std::vector<io::Address> found;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const std::string_view address = next_word(line);
        if (address.empty()) continue;
        for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
            if (!base::equals_ignoring_case(word, name)) continue;
            if (const auto parsed = parse_ip(address)) found.push_back(*parsed);
            break;
        }
    }
    return found;
}

std::vector<io::Address> addresses_in_hosts_file(const std::string& path, std::string_view name)
{
    const io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) return {};
    const auto size = std::min(static_cast<std::size_t>(status.st_size), most_of_hosts_file);
    std::string text;
    text.resize_and_overwrite(size, [&](char* to, std::size_t room) {
        std::size_t there = 0;
        for (;;) {
            const ssize_t got =
                there == room ? 0 : ::pread(file.get(), to + there, room - there, static_cast<off_t>(there));
            if (got <= 0) return there;
            there += static_cast<std::size_t>(got);
        }
    });
    return addresses_in_hosts(text, name);
}

}  // namespace cais::client

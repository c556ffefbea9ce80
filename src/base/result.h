// What can go wrong, as a value. Expected errors (a peer, a disk, a user) travel in a Result; exceptions are for bugs.
#pragma once
#include <cerrno>
#include <cstdint>
#include <expected>
#include <string>

namespace cais::base {

// A kind for code and static text for people. Cheap to make and to copy: nothing is built until somebody prints it.
struct Error {
    enum Kind : std::uint8_t {
        malformed,    // input that its specification refuses
        unsupported,  // well-formed, and not something that we do
        too_large,    // over one of our limits
        timed_out,    // a wait reached its limit
        cancelled,    // a wait's scope was cancelled: a normal end, say nothing
        ended,        // the peer ended or reset what was being read or written
        not_found,
        denied,
        exists,
        busy,
        exhausted,  // descriptors, memory, disk space
        failed,     // anything else; `number` says what
    };
    Kind kind = failed;
    int number = 0;           // errno, where there was one
    const char* what = "";    // what is wrong, in words; static storage
    const char* source = "";  // where it is written: "RFC 9112 §6.3"; static storage
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Error::Kind kind, const char* what, const char* source = "")
{
    return std::unexpected(Error{kind, 0, what, source});
}

// The kind that an errno stands for: ENOENT is not_found, EMFILE exhausted, ECONNRESET ended, ….
[[nodiscard]] Error::Kind kind_of_errno(int number) noexcept;

// What failed, from errno. `what` says what was being done: "open the directory".
[[nodiscard]] std::unexpected<Error> fail_errno(const char* what, int number = errno);

// For people: "open the directory: No such file or directory" or "chunk size is empty (RFC 9112 §7.1)".
[[nodiscard]] std::string describe(const Error& error);

}  // namespace cais::base

namespace cais {
using base::Error;
using base::fail;
using base::fail_errno;
using base::Result;
}  // namespace cais

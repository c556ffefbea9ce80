// Timeline: a picture of where the time of each exchange went: a bar for each phase.
//
//     GET https://example.com/users/1 200
//     dns      ##                                            2.10 ms
//     connect    ########                                    10.2 ms
//     tls                ############                        14.9 ms
//     send                           #                         40 us
//     wait                           ##############          18.0 ms
//     receive                                      ##        2.31 ms
//
// A listener that keeps what it needs and writes nothing by itself. One thread.
#pragma once
#include "trace/context.h"
#include "trace/terminal.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace cais::trace {

class Timeline final : public Listener {
public:
    struct Style {
        std::size_t columns = 80;  // of the terminal; narrower ones get shorter bars, then none
        Colour colour = Colour::off;
        bool has_blocks = false;  // the terminal shows UTF-8
    };

    void hear(const Context& context, base::Instant at, const Event& event) noexcept override;

    // Of all exchanges, on one scale; empty where there was none.
    [[nodiscard]] std::string picture(const Style& style) const;

    static constexpr std::size_t most_exchanges = 256;  // further ones are left out

private:
    enum Phase : std::uint8_t { dns, connect, tls, send, wait, receive, count };
    struct Span {
        std::optional<base::Instant> begin;
        std::optional<base::Instant> end;
    };
    struct Exchange {
        std::uint64_t number = 0;  // 0: not known yet
        std::string title;
        unsigned status = 0;
        std::array<Span, count> phases;
    };
    // The exchange that the event belongs to; null where there are too many.
    [[nodiscard]] Exchange* exchange_of(const Context& context);
    static void begin(Exchange& exchange, Phase phase, base::Instant at);
    static void end(Exchange& exchange, Phase phase, base::Instant at);
    static void end_all(Exchange& exchange, base::Instant at);

    std::vector<Exchange> exchanges_;
};

// How many columns the terminal has: COLUMNS, else what it says itself, else 80.
[[nodiscard]] std::size_t terminal_columns(int descriptor) noexcept;
// Whether the locale's characters are UTF-8's, by LC_ALL, LC_CTYPE, LANG.
[[nodiscard]] bool has_utf8_locale() noexcept;

}  // namespace cais::trace

// Fields: the lines of a head or of trailers, in their order (RFC 9110 §5). Names and values are views: into the
// request's buffer, its arena, or static text. Nothing is copied that need not be.
#pragma once
#include "base/arena.h"
#include "base/text.h"
#include "http/field_name.h"

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cais::http {

// One line. The value has no white space around it.
struct FieldLine {
    const char* name_data;
    const char* value_data;
    std::uint32_t value_length;
    std::uint16_t name_length;
    Name known;

    [[nodiscard]] std::string_view name() const noexcept { return {name_data, name_length}; }
    [[nodiscard]] std::string_view value() const noexcept { return {value_data, value_length}; }
};
static_assert(sizeof(FieldLine) <= 24);

// What a token is made of: tchar of RFC 9110 §5.6.2.
inline constexpr auto token_octets = base::OctetSet("!#$%&'*+-.^_`|~").with('0', '9').with('a', 'z').with('A', 'Z');

// Whether `text` is a token (RFC 9110 §5.6.2), as a name of a field or a method must be.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
// Whether `text` may be a value: visible octets, obs-text, and spaces and tabs inside (RFC 9110 §5.5).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

class Fields {
public:
    // The lines are kept in `arena`, which outlives this and is not reset before it.
    explicit Fields(base::Arena& arena) noexcept : arena_(&arena) {}

    // The values of every line with one name, in order. Valid until a line is added or removed.
    class Values {
    public:
        class Iterator {
        public:
            using value_type = std::string_view;
            using difference_type = std::ptrdiff_t;
            Iterator() = default;
            Iterator(const FieldLine* at, const FieldLine* end, Name name) : at_(at), end_(end), name_(name) { skip(); }
            std::string_view operator*() const { return at_->value(); }
            Iterator& operator++()
            {
                ++at_;
                skip();
                return *this;
            }
            Iterator operator++(int)
            {
                auto before = *this;
                ++*this;
                return before;
            }
            bool operator==(const Iterator& other) const { return at_ == other.at_; }

        private:
            void skip()
            {
                while (at_ != end_ && at_->known != name_) ++at_;
            }
            const FieldLine* at_ = nullptr;
            const FieldLine* end_ = nullptr;
            Name name_ = Name::other;
        };
        Values(std::span<const FieldLine> lines, Name name) noexcept : lines_(lines), name_(name) {}
        [[nodiscard]] Iterator begin() const { return {lines_.data(), lines_.data() + lines_.size(), name_}; }
        [[nodiscard]] Iterator end() const
        {
            return {lines_.data() + lines_.size(), lines_.data() + lines_.size(), name_};
        }
        [[nodiscard]] bool empty() const { return begin() == end(); }
        explicit operator bool() const { return !empty(); }
        [[nodiscard]] std::size_t size() const;
        [[nodiscard]] std::string_view front() const { return *begin(); }  // only where not empty

    private:
        std::span<const FieldLine> lines_;
        Name name_;
    };

    // Is there a line with this name? Cost: a bit.
    [[nodiscard]] bool has(Name name) const noexcept { return present_[static_cast<std::size_t>(name)]; }
    [[nodiscard]] Values all(Name name) const noexcept [[clang::lifetimebound]]
    {
        return {has(name) ? lines() : std::span<const FieldLine>{}, name};
    }
    // The value of the one line with this name; empty where there is none or more than one, for fields that must not
    // be combined. For lists use all() with list.h.
    [[nodiscard]] std::optional<std::string_view> one(Name name) const noexcept;
    // The first line with this name in any case, known or not; null where there is none.
    [[nodiscard]] const FieldLine* find(std::string_view name) const noexcept [[clang::lifetimebound]];

    // Adds a line at the end. `name` and `value` are kept as views; what does not live long enough is copied with
    // copy() first. Cost: amortised one store; the table grows in the arena.
    void add(Name name, std::string_view value) { add(FieldLine{text_of(name).data(), value.data(), static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(text_of(name).size()), name}); }
    void add(std::string_view name, std::string_view value)
    {
        add(FieldLine{name.data(), value.data(), static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(name.size()), name_of(name)});
    }
    void add(const FieldLine& line)
    {
        if (count_ == capacity_) grow();
        lines_[count_++] = line;
        present_.set(static_cast<std::size_t>(line.known));
    }
    // Removes the lines of this name, then adds one.
    void set(Name name, std::string_view value)
    {
        remove(name);
        add(name, value);
    }
    void remove(Name name) noexcept;
    // The same by text in any case, whether the name is known or not.
    void remove(std::string_view name) noexcept;
    void clear() noexcept
    {
        count_ = 0;
        present_.reset();
    }
    // Forgets the lines and their memory, after the arena was reset.
    void forget() noexcept
    {
        clear();
        lines_ = nullptr;
        capacity_ = 0;
    }

    // `text` in this table's arena.
    [[nodiscard]] std::string_view copy(std::string_view text) { return arena_->copy(text); }
    [[nodiscard]] base::Arena& arena() const noexcept { return *arena_; }

    [[nodiscard]] std::span<const FieldLine> lines() const noexcept [[clang::lifetimebound]] { return {lines_, count_}; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] auto begin() const noexcept [[clang::lifetimebound]] { return lines().begin(); }
    [[nodiscard]] auto end() const noexcept [[clang::lifetimebound]] { return lines().end(); }

private:
    void grow();

    base::Arena* arena_;
    FieldLine* lines_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t capacity_ = 0;
    std::bitset<static_cast<std::size_t>(Name::count_)> present_;
};

}  // namespace cais::http

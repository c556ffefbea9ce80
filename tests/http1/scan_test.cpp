#include "http/fields.h"
#include "http1/scan.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http1 {
namespace {

bool is_visible_octet(unsigned c) { return c > 0x20 && c < 0x7F; }
bool is_content_octet(unsigned c) { return (c >= 0x20 && c != 0x7F) || c == '\t'; }

// Every octet at every place of texts of every length up to two vectors and a bit, at every alignment of the first.
TEST(Scan, each_function_is_its_definition_octet_by_octet)
{
    alignas(64) char memory[96];
    for (std::size_t alignment = 0; alignment < 16; ++alignment) {
        for (std::size_t length = 1; length <= 40; ++length) {
            std::fill(std::begin(memory), std::end(memory), '\n');  // what is outside must not be looked at
            char* const text = memory + alignment;
            std::fill_n(text, length, 'a');
            for (std::size_t at = 0; at < length; ++at) {
                for (unsigned c = 0; c < 256; ++c) {
                    text[at] = static_cast<char>(c);
                    const std::string_view view(text, length);
                    ASSERT_EQ(is_visible(view), is_visible_octet(c)) << c << " at " << at << " of " << length;
                    ASSERT_EQ(is_field_content(view), is_content_octet(c)) << c << " at " << at << " of " << length;
                    ASSERT_EQ(token_length(view), http::is_token(view.substr(at, 1)) ? length : at)
                        << c << " at " << at << " of " << length;
                }
                text[at] = 'a';
            }
        }
    }
}

TEST(Scan, nothing_at_all)
{
    EXPECT_TRUE(is_visible(""));
    EXPECT_TRUE(is_field_content(""));
    EXPECT_EQ(token_length(""), 0u);
}

}  // namespace
}  // namespace cais::http1

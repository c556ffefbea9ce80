#include "base/text.h"
#include "http/content_decoder.h"
#include "http/content_encoder.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace cais::http {
namespace {

using enum ContentCoding;
constexpr ContentCoding codings[] = {gzip, deflate, zstd, brotli};
constexpr std::size_t everything = SIZE_MAX / 2;

std::string text_like(std::size_t size)
{
    constexpr std::string_view words[] = {"<p>", "</p>\n", "quay ", "port ", "field ", "content ", "the ", "of ", "a "};
    std::mt19937 random(1);
    std::string text;
    while (text.size() < size) {
        text += words[random() % std::size(words)];
        if (random() % 7 == 0) text += std::to_string(random());
    }
    text.resize(size);
    return text;
}

std::string random_octets(std::size_t size)
{
    std::mt19937 random(2);
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

std::string coded(ContentCoding coding, std::string_view content, Effort effort = Effort::quick,
                  std::optional<std::uint64_t> length = {}, std::size_t piece = everything)
{
    const auto encoder = make_encoder(coding, effort, length);
    std::string output;
    do {
        const auto part = content.substr(0, piece);
        content.remove_prefix(part.size());
        const auto done = encoder->encode(part, content.empty() ? Last::yes : Last::no, output);
        EXPECT_TRUE(done) << done.error().what;
    } while (!content.empty());
    return output;
}

struct Outcome {
    std::string content;
    const char* error = "";  // empty: it ended well
    std::size_t largest_step = 0;
};

// Decodes pieces of `piece` octets, with `most` octets a call.
Outcome decoded(ContentCoding coding, std::string_view input, std::size_t piece = everything, std::size_t most = 65536)
{
    const auto decoder = make_decoder(coding);
    Outcome outcome;
    for (;;) {
        auto part = input.substr(0, piece);
        input.remove_prefix(part.size());
        const auto last = input.empty() ? Last::yes : Last::no;
        Decoded state = Decoded::wants_room;
        while (state == Decoded::wants_room) {
            const auto before = outcome.content.size();
            const auto got = decoder->decode(part, last, most, outcome.content);
            outcome.largest_step = std::max(outcome.largest_step, outcome.content.size() - before);
            if (!got) {
                outcome.error = got.error().what;
                return outcome;
            }
            state = *got;
        }
        EXPECT_TRUE(part.empty());
        if (state == Decoded::ended) {
            EXPECT_EQ(last, Last::yes);
            return outcome;
        }
        if (last == Last::yes) {
            outcome.error = "wants more than the last";
            return outcome;
        }
    }
}

TEST(ContentCoding, s8_4_1_names)
{
    for (const auto coding : {identity, gzip, brotli, zstd, deflate})
        EXPECT_EQ(content_coding_of(text_of(coding)), coding);
    EXPECT_EQ(content_coding_of("X-GZIP"), gzip);
    EXPECT_EQ(content_coding_of("BR"), brotli);
    for (const char* name : {"", "x-deflate", "gzi", "brotli", "compress", "*", "gzip "})
        EXPECT_FALSE(content_coding_of(name));
}

class Codings : public testing::TestWithParam<ContentCoding> {};
INSTANTIATE_TEST_SUITE_P(, Codings, testing::ValuesIn(codings),
                         [](auto& info) { return std::string(text_of(info.param)); });

TEST_P(Codings, what_is_written_is_read)
{
    const std::string contents[] = {"",
                                    "a",
                                    "hello, hello, hello",
                                    std::string(70000, 'x'),
                                    text_like(1000),
                                    text_like(300000),
                                    random_octets(1),
                                    random_octets(65536),
                                    random_octets(300001)};
    for (const auto& content : contents)
        for (const auto effort : {Effort::quick, Effort::thorough})
            for (const bool known : {false, true})
                for (const std::size_t piece : {everything, std::size_t{65536}, std::size_t{1000}}) {
                    const auto length = known ? std::optional<std::uint64_t>(content.size()) : std::nullopt;
                    const auto outcome = decoded(GetParam(), coded(GetParam(), content, effort, length, piece));
                    EXPECT_STREQ(outcome.error, "");
                    EXPECT_TRUE(outcome.content == content) << content.size() << " octets in pieces of " << piece;
                }
}

TEST_P(Codings, pieces_of_one_octet)
{
    const auto content = text_like(500) + random_octets(100);
    const auto wire = coded(GetParam(), content, Effort::quick, {}, 1);
    for (const std::size_t most : {std::size_t{1}, std::size_t{7}, std::size_t{65536}}) {
        const auto outcome = decoded(GetParam(), wire, 1, most);
        EXPECT_STREQ(outcome.error, "");
        EXPECT_EQ(outcome.content, content);
    }
}

TEST_P(Codings, every_cut_gives_the_same)
{
    const auto content = text_like(300);
    const auto wire = coded(GetParam(), content);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        const auto decoder = make_decoder(GetParam());
        std::string output;
        auto first = std::string_view(wire).substr(0, cut), second = std::string_view(wire).substr(cut);
        auto got = decoder->decode(first, Last::no, everything, output);
        ASSERT_TRUE(got) << cut << ": " << got.error().what;
        EXPECT_EQ(*got, Decoded::wants_input);
        got = decoder->decode(second, Last::yes, everything, output);
        ASSERT_TRUE(got) << cut << ": " << got.error().what;
        EXPECT_EQ(*got, Decoded::ended);
        EXPECT_EQ(output, content);
    }
    for (std::size_t cut = 0; cut <= content.size(); ++cut) {
        const auto encoder = make_encoder(GetParam());
        std::string output;
        ASSERT_TRUE(encoder->encode(std::string_view(content).substr(0, cut), Last::no, output));
        ASSERT_TRUE(encoder->encode(std::string_view(content).substr(cut), Last::yes, output));
        EXPECT_EQ(decoded(GetParam(), output).content, content);
    }
}

TEST_P(Codings, cut_short_is_an_error)
{
    const auto wire = coded(GetParam(), text_like(300));
    for (std::size_t length = 0; length < wire.size(); ++length)
        EXPECT_STREQ(decoded(GetParam(), wire.substr(0, length)).error, "the coded content is cut short") << length;
}

TEST_P(Codings, something_after_the_end_is_an_error)
{
    const auto wire = coded(GetParam(), text_like(300));
    for (const std::string_view garbage :
         {std::string_view("x"), std::string_view("\0", 1), std::string_view("garbage and more garbage")})
        for (const std::size_t piece : {everything, wire.size(), std::size_t{1}})
            EXPECT_STRNE(decoded(GetParam(), wire + std::string(garbage), piece).error, "") << garbage << piece;
}

TEST_P(Codings, what_is_none_is_an_error)
{
    for (const char* none :
         {"<!doctype html><html></html>", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x1F\x9D\x90garbage"})
        EXPECT_STRNE(decoded(GetParam(), none).error, "") << none;
}

TEST_P(Codings, ten_mebibytes_of_zeros_cost_what_was_asked_for)
{
    const std::string zeros(std::size_t{10} << 20, '\0');
    const auto wire = coded(GetParam(), zeros, Effort::quick, {}, 65536);
    EXPECT_LT(wire.size(), 100000u);
    const auto decoder = make_decoder(GetParam());
    std::string_view input = wire;
    std::string output;
    std::size_t total = 0;
    for (;;) {
        output.clear();
        const auto got = decoder->decode(input, Last::yes, 4096, output);
        ASSERT_TRUE(got) << got.error().what;
        ASSERT_LE(output.size(), 4096u);
        ASSERT_LE(output.capacity(), 65536u);
        ASSERT_EQ(output.find_first_not_of('\0'), output.npos);
        total += output.size();
        if (*got == Decoded::ended) break;
        ASSERT_EQ(*got, Decoded::wants_room);
    }
    EXPECT_EQ(total, zeros.size());
}

TEST_P(Codings, most_is_never_passed)
{
    const auto wire = coded(GetParam(), text_like(5000));
    for (const std::size_t most :
         {std::size_t{1}, std::size_t{2}, std::size_t{4999}, std::size_t{5000}, std::size_t{5001}}) {
        const auto outcome = decoded(GetParam(), wire, everything, most);
        EXPECT_STREQ(outcome.error, "");
        EXPECT_LE(outcome.largest_step, most);
        EXPECT_EQ(outcome.content.size(), 5000u);
    }
}

TEST_P(Codings, after_a_flush_all_so_far_can_be_read)
{
    const auto encoder = make_encoder(GetParam());
    const auto decoder = make_decoder(GetParam());
    std::string wire, output, content;
    for (int i = 0; i < 50; ++i) {
        const auto piece = text_like(static_cast<std::size_t>(i * 37)) + "data: " + std::to_string(i) + "\n";
        content += piece;
        wire.clear();
        ASSERT_TRUE(encoder->encode(piece, Last::no, wire));
        ASSERT_TRUE(encoder->flush(wire));
        if (i % 5 == 0) {
            ASSERT_TRUE(encoder->flush(wire));
        }
        std::string_view input = wire;
        const auto got = decoder->decode(input, Last::no, everything, output);
        ASSERT_TRUE(got) << got.error().what;
        ASSERT_EQ(output, content) << i;
    }
    wire.clear();
    ASSERT_TRUE(encoder->encode({}, Last::yes, wire));
    std::string_view input = wire;
    EXPECT_EQ(decoder->decode(input, Last::yes, everything, output), Decoded::ended);
    EXPECT_EQ(output, content);
}

TEST_P(Codings, a_wrong_length_is_an_error)
{
    std::string output;
    EXPECT_FALSE(make_encoder(GetParam(), Effort::quick, 5)->encode("four", Last::yes, output));
    EXPECT_FALSE(make_encoder(GetParam(), Effort::quick, 5)->encode("sixsix", Last::no, output));
    EXPECT_FALSE(make_encoder(GetParam(), Effort::quick, 0)->encode("x", Last::yes, output));
    EXPECT_TRUE(make_encoder(GetParam(), Effort::quick, 0)->encode("", Last::yes, output));
}

TEST_P(Codings, the_same_content_gives_the_same_octets)
{
    release_idle_encoders();
    const auto content = text_like(100000);
    const auto first = coded(GetParam(), content);
    {
        std::string half;  // an encoder that was given up half-way leaves nothing behind
        const auto encoder = make_encoder(GetParam(), Effort::thorough);
        ASSERT_TRUE(encoder->encode(random_octets(50000), Last::no, half));
    }
    EXPECT_EQ(coded(GetParam(), content), first);
}

TEST_P(Codings, is_appended)
{
    std::string output = "before";
    ASSERT_TRUE(make_encoder(GetParam())->encode("content", Last::yes, output));
    ASSERT_TRUE(output.starts_with("before"));
    EXPECT_EQ(decoded(GetParam(), output.substr(6)).content, "content");
    std::string content = "before";
    std::string_view input = std::string_view(output).substr(6);
    EXPECT_EQ(make_decoder(GetParam())->decode(input, Last::yes, everything, content), Decoded::ended);
    EXPECT_EQ(content, "beforecontent");
}

TEST(IdleEncoders, two_of_a_coding_are_kept)
{
    release_idle_encoders();
    ASSERT_EQ(idle_encoder_count(), 0u);
    for (const auto coding : codings) {
        std::vector<EncoderPointer> encoders;
        for (int i = 0; i < 4; ++i) encoders.push_back(make_encoder(coding));
    }
    EXPECT_EQ(idle_encoder_count(), 8u);
    const Encoder* address = nullptr;
    {
        const auto encoder = make_encoder(gzip);
        address = encoder.get();
        EXPECT_EQ(idle_encoder_count(), 7u);
        EXPECT_EQ(encoder->coding(), gzip);
    }
    EXPECT_EQ(make_encoder(gzip).get(), address);
    release_idle_encoders();
    EXPECT_EQ(idle_encoder_count(), 0u);
}

TEST(IdleEncoders, may_be_given_back_on_another_thread)
{
    auto encoder = make_encoder(zstd);
    std::thread([taken = std::move(encoder)]() mutable {
        taken.reset();
        EXPECT_EQ(idle_encoder_count(), 1u);
    }).join();
}

// Written by gzip 1.12, zstd 1.5.4, zlib 1.2.13 and brotli 1.0.9.
constexpr std::string_view hello = "hello, hello, hello\n";

std::string from_hex(std::string_view hex)
{
    std::string octets;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        octets += static_cast<char>(base::hex_value(hex[i]) * 16 + base::hex_value(hex[i + 1]));
    return octets;
}

constexpr std::string_view gzip_hello = "1f8b0800000000000003cb48cdc9c9d751c840a2b800e7426e5214000000";
constexpr std::string_view zstd_hello = "28b52ffd04587500004068656c6c6f2c200a0100e28a1121699d87";

TEST(Decoder, reads_what_other_programs_wrote)
{
    EXPECT_EQ(decoded(gzip, from_hex(gzip_hello)).content, hello);
    EXPECT_EQ(decoded(zstd, from_hex(zstd_hello)).content, hello);
    EXPECT_EQ(decoded(deflate, from_hex("789ccb48cdc9c9d751c840a2b8004b0706df")).content, hello);
    EXPECT_EQ(decoded(brotli, from_hex("8b098068656c6c6f2c2068656c6c6f2c2068656c6c6f0a03")).content, hello);
}

TEST(Rfc1952Gzip, s2_2_members_one_after_the_other)
{
    const auto wire = from_hex(gzip_hello) + coded(gzip, "") + coded(gzip, "and more");
    for (const std::size_t piece : {everything, std::size_t{1}, std::size_t{31}})
        for (const std::size_t most : {everything, std::size_t{1}, hello.size()}) {
            const auto outcome = decoded(gzip, wire, piece, most);
            EXPECT_STREQ(outcome.error, "");
            EXPECT_EQ(outcome.content, std::string(hello) + "and more");
        }
    EXPECT_STREQ(decoded(gzip, wire.substr(0, wire.size() - 1)).error, "the coded content is cut short");
}

TEST(Rfc1952Gzip, s2_3_1_checks)
{
    auto wire = from_hex(gzip_hello);
    for (std::size_t i = wire.size() - 8; i < wire.size(); ++i) {  // CRC32, ISIZE
        auto wrong = wire;
        wrong[i] = static_cast<char>(wrong[i] ^ 1);
        EXPECT_STREQ(decoded(gzip, wrong).error, "the content is no gzip") << i;
    }
}

// ID1 ID2 CM FLG MTIME XFL OS
TEST(Rfc1952Gzip, s2_3_1_no_time_no_name)
{
    const auto wire = coded(gzip, "content");
    EXPECT_EQ(wire.substr(0, 8), std::string_view("\x1F\x8B\x08\0\0\0\0\0", 8));
}

TEST(Rfc9110Deflate, s8_4_1_2_is_the_zlib_format)
{
    EXPECT_EQ(coded(deflate, "content").front(), '\x78');
    EXPECT_STREQ(decoded(deflate, from_hex("cb48cdc9c9d751c840a2b800")).error, "the content is no deflate");
    EXPECT_STREQ(decoded(deflate, from_hex(gzip_hello)).error, "the content is no deflate");
}

TEST(Rfc8878Zstd, s3_1_frames_one_after_the_other)
{
    const auto skippable = from_hex("5a2a4d1803000000616263");
    const auto wire =
        skippable + from_hex(zstd_hello) + skippable + coded(zstd, "") + coded(zstd, "and more") + skippable;
    for (const std::size_t piece : {everything, std::size_t{1}, std::size_t{29}})
        for (const std::size_t most : {everything, std::size_t{1}, hello.size()}) {
            const auto outcome = decoded(zstd, wire, piece, most);
            EXPECT_STREQ(outcome.error, "");
            EXPECT_EQ(outcome.content, std::string(hello) + "and more");
        }
    EXPECT_STREQ(decoded(zstd, from_hex(zstd_hello) + skippable.substr(0, 9)).error, "the coded content is cut short");
}

TEST(Rfc8878Zstd, s3_1_1_only_this_format)
{
    for (const char* before_1_0 : {"25b52ffd", "26b52ffd", "27b52ffd", "1eb52ffd"})
        EXPECT_STREQ(decoded(zstd, from_hex(before_1_0) + std::string(100, '\0')).error, "the content is no zstd");
    auto wrong = from_hex(zstd_hello);
    wrong.back() = static_cast<char>(wrong.back() ^ 1);  // the checksum
    EXPECT_STREQ(decoded(zstd, wrong).error, "the content is no zstd");
}

// The beginnings of 20 MB of zeros, with --long=23 and --long=24.
TEST(Rfc8878Zstd, s3_1_1_1_4_the_size_that_it_says)
{
    // One raw block of no octets, or of one, in a frame that says 256, or 1; however it is cut and asked for.
    const auto nothing_of_256 = from_hex("28b52ffd40550000010000"), one_of_1 = from_hex("28b52ffd200109000061");
    for (const std::size_t piece : {1uz, 6uz, everything})
        for (const std::size_t most : {1uz, 81uz, 65536uz}) {
            EXPECT_STRNE(decoded(zstd, nothing_of_256, piece, most).error, "");
            EXPECT_EQ(decoded(zstd, one_of_1, piece, most).content, "a");
            EXPECT_STREQ(decoded(zstd, one_of_1, piece, most).error, "");
            EXPECT_STRNE(decoded(zstd, one_of_1 + nothing_of_256, piece, most).error, "");
        }
}

TEST(Rfc9659Zstd, s3_window_of_8_mebibytes)
{
    const auto eight = from_hex("28b52ffd04686400001000000200e9ff3773e0012c020010000200100002");
    const auto sixteen = from_hex("28b52ffd04706400001000000200e9ff3773e0012c020010000200100002");
    EXPECT_STREQ(decoded(zstd, eight).error, "the coded content is cut short");
    EXPECT_STREQ(decoded(zstd, sixteen).error, "a zstd window above 8 MiB");
}

TEST(Rfc8878Zstd, s3_1_1_1_2_what_we_write_has_a_small_window)
{
    const auto content = text_like(3000000);
    for (const auto effort : {Effort::quick, Effort::thorough}) {
        const auto wire = coded(zstd, content, effort, {}, 65536);
        ASSERT_EQ(static_cast<unsigned char>(wire[4]) & 0x20, 0);      // not a single segment
        EXPECT_LE(static_cast<unsigned char>(wire[5]) >> 3, 19 - 10);  // exponent of the window
    }
}

}  // namespace
}  // namespace cais::http

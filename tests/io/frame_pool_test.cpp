#include "io/frame_pool.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <thread>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FRAMES_FROM_HEAP 1
#endif
#endif

namespace cais::io {
namespace {

struct Frame {
    void* memory;
    std::size_t bytes;
};

Frame allocate(std::size_t bytes)
{
    const Frame frame{allocate_frame(bytes), bytes};
    std::memset(frame.memory, static_cast<int>(bytes & 0xff), bytes);
    return frame;
}

// Nobody else has written into it.
void release(const Frame& frame)
{
    const auto* octets = static_cast<const unsigned char*>(frame.memory);
    EXPECT_TRUE(
        std::all_of(octets, octets + frame.bytes, [&](unsigned char octet) { return octet == (frame.bytes & 0xff); }));
    release_frame(frame.memory, frame.bytes);
}

// Each test on a thread of its own, whose pool is new.
template <class Function>
void on_a_thread(Function function)
{
    std::thread(function).join();
}

TEST(FramePool, every_size_is_aligned_and_its_own)
{
    on_a_thread([] {
        std::vector<Frame> frames;
        for (std::size_t bytes = 1; bytes <= 4200; ++bytes) {
            frames.push_back(allocate(bytes));
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frames.back().memory) % 16, 0u);
        }
        for (const auto& frame : frames) release(frame);
    });
}

TEST(FramePool, a_hundred_thousand_in_random_order)
{
    on_a_thread([] {
        std::mt19937 random(1);
        std::vector<Frame> frames;
        for (int i = 0; i < 100'000; ++i) frames.push_back(allocate(40 + random() % 700));
        std::shuffle(frames.begin(), frames.end(), random);
        for (const auto& frame : frames) release(frame);
    });
}

TEST(FramePool, taken_and_given_back_in_any_order)
{
    on_a_thread([] {
        std::mt19937 random(2);
        std::vector<Frame> frames;
        for (int i = 0; i < 200'000; ++i) {
            // Grows and shrinks, so that slabs fill, empty and come again.
            const bool grows = i / 20'000 % 2 == 0;
            if (frames.empty() || random() % 4 < (grows ? 3u : 1u)) {
                frames.push_back(allocate(1 + random() % 2500));
            } else {
                std::swap(frames[random() % frames.size()], frames.back());
                release(frames.back());
                frames.pop_back();
            }
        }
        for (const auto& frame : frames) release(frame);
    });
}

#ifndef FRAMES_FROM_HEAP

TEST(FramePool, the_frame_given_back_last_is_taken_first)
{
    on_a_thread([] {
        const Frame kept = allocate(200);
        const Frame first = allocate(200);
        release(first);
        const Frame again = allocate(200);
        EXPECT_EQ(again.memory, first.memory);
        release(again);
        release(kept);
    });
}

TEST(FramePool, empty_slabs_go_back_save_one)
{
    on_a_thread([] {
        std::mt19937 random(3);
        std::vector<Frame> frames;
        for (int i = 0; i < 100'000; ++i) frames.push_back(allocate(320));
        const std::size_t most = mapped_slabs();
        EXPECT_GE(most, 100'000u * 320 / (64 * 1024));
        EXPECT_LE(most, 100'000u * 320 / (64 * 1024) * 11 / 10) << "a frame costs its own size";
        std::shuffle(frames.begin(), frames.end(), random);
        for (const auto& frame : frames) release(frame);
        EXPECT_EQ(mapped_slabs(), 1u);
    });
}

// A request's frames come and go, a few of each size; that must not map and unmap a slab of each size each time.
TEST(FramePool, frames_that_come_and_go_stay_where_they_were)
{
    on_a_thread([] {
        constexpr std::size_t sizes[] = {96, 160, 336, 512, 1200};
        std::vector<void*> first;
        for (int round = 0; round < 3; ++round) {
            std::vector<Frame> frames;
            for (const std::size_t bytes : sizes) frames.push_back(allocate(bytes));
            for (std::size_t i = 0; i < frames.size(); ++i) {
                if (round == 0) first.push_back(frames[i].memory);
                EXPECT_EQ(frames[i].memory, first[i]) << sizes[i];
            }
            while (!frames.empty()) {
                release(frames.back());
                frames.pop_back();
            }
        }
    });
}

// What stays after a burst of every size is bounded.
TEST(FramePool, a_burst_of_every_size_leaves_little)
{
    on_a_thread([] {
        std::vector<Frame> frames;
        for (std::size_t bytes = 16; bytes <= 2048; bytes += 16)
            for (int i = 0; i < 600; ++i) frames.push_back(allocate(bytes));
        const std::size_t most = mapped_slabs();
        for (const auto& frame : frames) release(frame);
        EXPECT_LE(mapped_slabs(), most / 50) << "those of which little was touched";
    });
}

TEST(FramePool, a_thread_that_ends_gives_its_slabs_back)
{
    for (int i = 0; i < 100; ++i)
        on_a_thread([] {
            for (std::size_t bytes = 16; bytes <= 2048; bytes += 16) release(allocate(bytes));
        });
    EXPECT_EQ(mapped_slabs(), mapped_slabs());
}

#endif

}  // namespace
}  // namespace cais::io

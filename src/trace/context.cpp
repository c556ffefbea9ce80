#include "trace/context.h"

#include <atomic>

namespace cais::trace {
namespace {

std::atomic<std::uint64_t> connections{0};
std::atomic<std::uint64_t> exchanges{0};

}  // namespace

std::uint64_t next_connection() noexcept { return connections.fetch_add(1, std::memory_order_relaxed) + 1; }
std::uint64_t next_exchange() noexcept { return exchanges.fetch_add(1, std::memory_order_relaxed) + 1; }

}  // namespace cais::trace

// A part of a file, sent by sendfile, a window at a time; what is not in the page cache is read by the pool first.
#pragma once
#include "http/body.h"
#include "http/output.h"

#include <cstdint>

namespace cais::http1 {

// Behind what `output` holds. `is_last`: it ends its message, which must not look whole where the file has changed in
// place meanwhile. `sent` grows by what has left. `read_limit` bounds each wait for the disk.
// Errors    those of Output::send_file; ended: the file changed.
[[nodiscard, gnu::noinline]] io::Task<Result<void>> send_slice(http::Output& output, const http::FileSlice& slice,
                                                               bool is_last, base::Duration read_limit,
                                                               std::uint64_t& sent);

}  // namespace cais::http1

// A listing as a body: written a piece at a time on the pool, and only as fast as it is read.
#pragma once
#include "http/body.h"
#include "modules/files/listing.h"

#include <memory>

namespace cais::files {

[[nodiscard]] std::unique_ptr<http::Body::Source> make_listing_body(io::Descriptor directory, ListingOptions options);

}  // namespace cais::files

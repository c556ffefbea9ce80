// A listing as a body: written a piece at a time on the pool, and only as fast as it is read.
#pragma once
#include "http/body.h"
#include "modules/files/listing.h"
#include "modules/files/places.h"

#include <memory>

namespace cais::files {

// `place` is held as long as its memory and its descriptor are.
[[nodiscard]] std::unique_ptr<http::Body::Source> make_listing_body(io::Descriptor directory, ListingOptions options,
                                                                    Places::Place place);

}  // namespace cais::files

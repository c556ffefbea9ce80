#include "io/descriptor.h"

#include "io/loop.h"

#include <unistd.h>

namespace cais::io {

Descriptor::~Descriptor()
{
    if (fd_ < 0) return;
    ::close(fd_);  // never tried again: on Linux the descriptor is gone, EINTR or not
    if (Loop* loop = Loop::current()) loop->descriptor_closed();
}

}  // namespace cais::io

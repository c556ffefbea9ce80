#include "cli/commands.h"

#include <malloc.h>

int main(int argc, char** argv)
{
    // What is large goes back to the kernel when it is given back: glibc would raise this threshold by itself, and keep
    // what one busy minute needed. The pool's threads share the first arena, so that a job leaves none of its own.
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    ::mallopt(M_ARENA_MAX, 1);
    return cais::cli::run(argc, argv);
}

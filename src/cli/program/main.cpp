#include "cli/commands.h"

int main(int argc, char** argv) { return cais::cli::run(argc, argv); }

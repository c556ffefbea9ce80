#include "base/handed_files.h"

#include <utility>

namespace cais::base {
namespace {

thread_local constinit const HandedFiles* used = nullptr;
thread_local constinit HandedFiles* recorded = nullptr;

}  // namespace

HandedFiles::Use::Use(const HandedFiles& table) noexcept
    : before_(std::exchange(used, &table))
{
}
HandedFiles::Use::~Use() { used = before_; }

HandedFiles::Recording::Recording(HandedFiles& table) noexcept
    : before_(std::exchange(recorded, &table))
{
}
HandedFiles::Recording::~Recording() { recorded = before_; }

const HandedFiles::File* handed_file(std::string_view path)
{
    if (used == nullptr) return nullptr;
    const auto found = used->files.find(path);
    return found == used->files.end() ? nullptr : &found->second;
}

void record_file(std::string_view path, const HandedFiles::File& file)
{
    if (recorded != nullptr) recorded->files.insert_or_assign(std::string(path), file);
}

}  // namespace cais::base

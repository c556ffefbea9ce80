// Files that somebody with more permissions read for us. A server that root starts is two processes: the parent reads
// the configuration, keys and certificates, and the child that serves is handed what was in them. Whoever reads such a
// file asks here first, and tells here what it has read.
//
//   parent   HandedFiles table; const HandedFiles::Recording recording(table);   read_configuration(…)
//   child    const HandedFiles::Use use(table);                                  read_configuration(…), the same code
//
// What is recorded or used is so on the thread that said it, and for as long as that object lives.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace cais::base {

class HandedFiles {
public:
    struct File {
        std::string content;
        unsigned mode = 0;   // its permissions
        unsigned owner = 0;  // its user's number
    };
    std::map<std::string, File, std::less<>> files;  // by the path that it was opened by

    class Use {
    public:
        explicit Use(const HandedFiles& table) noexcept;
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        ~Use();

    private:
        const HandedFiles* before_;
    };
    class Recording {
    public:
        explicit Recording(HandedFiles& table) noexcept;
        Recording(const Recording&) = delete;
        Recording& operator=(const Recording&) = delete;
        ~Recording();

    private:
        HandedFiles* before_;
    };
};

// What was handed over for this path; null: open it yourself.
[[nodiscard]] const HandedFiles::File* handed_file(std::string_view path);
// It was read, and was so.
void record_file(std::string_view path, const HandedFiles::File& file);

}  // namespace cais::base

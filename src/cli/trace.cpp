#include "cli/trace.h"

#include "base/result.h"
#include "cli/story_join.h"
#include "trace/safe_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <expected>
#include <iostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::cli {
namespace {

constexpr std::size_t most_octets = std::size_t{256} << 20;  // of a story, which is held whole

Result<std::string> read_whole(const std::string& path)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return fail_errno("open it");
    std::string text;
    Result<void> outcome;
    for (;;) {
        constexpr std::size_t piece = 256 * 1024;
        const std::size_t before = text.size();
        text.resize(before + piece);
        const ssize_t got = ::read(file, text.data() + before, piece);
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) outcome = fail_errno("read it");
        else if (text.size() > most_octets) outcome = fail(Error::too_large, "it is larger than 256 MiB");
        if (got <= 0 || !outcome) break;
    }
    ::close(file);
    if (!outcome) return std::unexpected(outcome.error());
    return text;
}

std::expected<ToldStory, std::string> story_of(const std::string& path)
{
    const auto text = read_whole(path);
    if (!text) return std::unexpected(base::describe(text.error()));
    return read_story(*text, path);
}

// "cais: trace join FILE: …"
void say(const std::string& path, const std::string& what)
{
    std::string line = "cais: trace join ";
    trace::append_safe(line, path);
    line += ": ";
    trace::append_safe(line, what);
    std::cerr << line << "\n";
}

}  // namespace

void TraceCommand::add_options(CLI::App& app)
{
    CLI::App& join = *app.add_subcommand(
        "join", "Lays two stories of --trace json on one time line: those of both ends of an exchange.");
    join.set_help_flag("-h,--help", "Prints this.");
    join.add_option("A", first_, "A file of `--trace json`: of `cais fetch`, say.")->type_name("")->required();
    join.add_option("B", second_, "Another one: of `cais serve`.")->type_name("")->required();
    app.require_subcommand(1);
}

int TraceCommand::run()
{
    const auto first = story_of(first_);
    const auto second = story_of(second_);
    if (!first) say(first_, first.error());
    if (!second) say(second_, second.error());
    if (!first || !second) return 1;
    for (const auto* story : {&*first, &*second}) {
        for (const auto& fault : story->faults) say(story->name, fault + "; it is left out");
        if (story->bad_lines > story->faults.size())
            say(story->name, std::to_string(story->bad_lines - story->faults.size()) + " more lines are left out");
    }
    std::cout << join_stories(*first, *second, trace::colour_of(STDOUT_FILENO)) << std::flush;
    return std::cout ? 0 : 1;
}

}  // namespace cais::cli

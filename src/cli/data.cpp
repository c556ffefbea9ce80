#include "cli/data.h"

#include "base/text.h"
#include "http/media_type.h"
#include "http/media_type_table.h"
#include "io/files.h"
#include "uri/data_url.h"

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>

#include <unistd.h>

namespace cais::cli {
namespace {

// More cannot become a URL that anybody reads.
constexpr std::size_t most = uri::Url::most_octets;

Result<std::string> read_standard_input()
{
    std::string octets;
    std::array<char, 65536> buffer;
    while (true) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read standard input");
        if (got == 0) return octets;
        if (octets.size() + static_cast<std::size_t>(got) > most)
            return fail(Error::too_large, "more than a data: URL may hold");
        octets.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

void DataCommand::add_options(CLI::App& app)
{
    app.add_option("FILE", file_, "Whose content the URL holds; - is standard input.")->type_name("")->required();
    app.add_option("--type", type_, "Its media type. Default: what its name says.")
        ->type_name("TYPE")
        ->option_text("TYPE");
}

int DataCommand::run()
{
    const bool is_input = file_ == "-";
    const std::string_view name = std::string_view(file_).substr(file_.rfind('/') + 1);
    const std::string text = !type_.empty() ? type_ : std::string(http::type_of_file(is_input ? "" : name).type);
    const auto type = http::MediaType::parse(text);
    if (!type) throw CLI::ValidationError("--type", text + " is no media type, as text/html is one");

    const auto octets = is_input ? read_standard_input() : io::read_file(file_, most);
    const auto url =
        octets ? uri::make_data_url(*octets, type->serialise()) : Result<std::string>(std::unexpected(octets.error()));
    if (!url) {
        std::string line;
        base::append_printable(line, is_input ? "standard input" : file_);
        std::cerr << "cais: data " << line << ": " << base::describe(url.error()) << "\n";
        return 1;
    }
    if (std::cout << *url << std::endl) return 0;
    std::cerr << "cais: data: standard output could not be written\n";
    return 1;
}

}  // namespace cais::cli

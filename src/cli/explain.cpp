#include "cli/explain.h"

#include "base/text.h"
#include "cli/diagnostics.h"
#include "server/explain.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace cais::cli {

void ExplainCommand::add_options(CLI::App& app)
{
    app.add_option("URL", url_, "Of the request: https://example.com/path")->type_name("")->required();
    app.add_option("-X,--method", method_, "Its method. Default: GET.")->type_name("METHOD")->option_text("METHOD");
    state_.add_to(app);
}

int ExplainCommand::run()
{
    const auto state = state_.choose();
    if (!state) {
        std::cerr << "cais: " << state.error() << "\n";
        return 1;
    }
    if (!state->passed_over.empty()) std::cerr << "cais: " << state->passed_over << "\n";
    if (state->file.empty()) {
        std::cerr << "cais: there is no configuration to ask; --config FILE names one\n";
        return 1;
    }
    const auto document = config::Document::read(state->file, server::configuration_page);
    const auto configuration = server::read_configuration(*document);
    if (document->diagnostics().has_errors()) {
        print(document->diagnostics());
        return 1;
    }
    const auto explanation = server::explain(configuration, method_, url_);
    if (!explanation) {
        std::string url;
        base::append_printable(url, url_);
        std::cerr << "cais: explain " << url << ": " << explanation.error() << "\n";
        return 1;
    }
    std::cout << explanation->text;
    return explanation->is_answered ? 0 : 1;
}

}  // namespace cais::cli

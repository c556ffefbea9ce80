// cais serve: a folder as a web site, or what a configuration says. A regular file is a configuration, a directory is
// served.
#pragma once
#include "server/configuration.h"
#include "server/launch.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cais::cli {

class ServeCommand {
public:
    void add_options(CLI::App& app);
    // After the options were read. Gives the exit status; throws CLI::ParseError where an option does not fit.
    [[nodiscard]] int run();

private:
    void listen_at(const std::vector<std::string>& addresses);
    void trace_only(const std::vector<std::string>& values);
    void set_limits(const std::vector<std::string>& limits);

    [[nodiscard]] server::Listen listen_of(const io::Address& address) const;
    [[nodiscard]] server::Configuration folder_configuration() const;
    void refuse_options_of_a_folder() const;
    void override(server::Configuration& configuration) const;
    [[nodiscard]] std::expected<server::Loaded, std::string> read_file(const server::Launch::Reading& reading);
    [[nodiscard]] server::Loaded folder(const server::Launch::Reading& reading) const;
    [[nodiscard]] std::expected<void, std::string> open_tracing();
    void announce(const server::Launch::Announcement& announcement) const;

    CLI::App* app_ = nullptr;
    std::string what_ = ".";  // the folder, or the configuration
    std::vector<io::Address> listen_;
    std::string tls_;  // "internal", or nothing
    std::string state_;
    std::vector<std::string> limits_;
    unsigned workers_ = 0;
    std::string log_;
    std::string log_file_;
    std::string echo_;
    std::string trace_;
    std::string trace_file_;
    std::vector<std::string> trace_only_;
    std::string key_log_;
    bool show_secrets_ = false;
    std::shared_ptr<server::Tracing> tracing_;  // null: nobody asked for one
    bool no_listing_ = false;
    bool cors_ = false;
    bool spa_ = false;
    bool trace_method_ = false;
    bool quiet_ = false;
    bool has_read_ = false;  // the configuration, once
};

}  // namespace cais::cli

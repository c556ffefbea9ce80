// What responders say of the certificates that are presented, fetched by HTTP and stapled (tls/stapler.h).
#pragma once
#include "server/listener_tls.h"
#include "tls/stapler.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::server {

class Stapling {
public:
    explicit Stapling(std::shared_ptr<tls::Certificates> table);

    // What is presented from now on. The first loop's, or before it runs.
    void take(const TlsContexts& contexts);

    // On the first loop, until it is cancelled; `stapling` outlives it.
    static io::Task<void> keep(Stapling& stapling);

private:
    static std::vector<std::shared_ptr<const tls::Certificate>> list(void* stapling);
    static io::Task<Result<std::string>> fetch(void* stapling, std::string url, std::string request);

    std::shared_ptr<tls::Certificates> table_;                         // of authorities
    std::vector<std::shared_ptr<const tls::Certificate>> from_files_;  // of the configuration
    tls::Stapler stapler_;
};

}  // namespace cais::server

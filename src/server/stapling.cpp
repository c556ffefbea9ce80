#include "server/stapling.h"

#include "client/fetch.h"

#include <algorithm>

namespace cais::server {

Stapling::Stapling(std::shared_ptr<tls::Certificates> table)
    : table_(std::move(table))
    , stapler_(fetch, this)
{
}

void Stapling::take(const TlsContexts& contexts)
{
    from_files_.clear();
    for (const auto& [number, context] : contexts)
        for (const auto& site : context->settings().sites)
            if (site.identity != nullptr)
                for (const auto& certificate : site.identity->certificates)
                    if (std::ranges::find(from_files_, certificate) == from_files_.end())
                        from_files_.push_back(certificate);
    stapler_.look_again();
}

std::vector<std::shared_ptr<const tls::Certificate>> Stapling::list(void* stapling)
{
    const auto& self = *static_cast<const Stapling*>(stapling);
    auto all = self.from_files_;
    for (auto& certificate : self.table_->all()) all.push_back(std::move(certificate));
    return all;
}

// RFC 6960 §A.1. A responder speaks plain HTTP: its answer is signed, and nobody could verify the certificate that says
// whether certificates are good.
io::Task<Result<std::string>> Stapling::fetch(void*, std::string url, std::string request)
{
    auto target = uri::HttpUrl::parse(url);
    if (!target || target->is_secure) co_return fail(Error::unsupported, "the responder's address is no http URL");
    client::FetchRequest asked;
    asked.method = "POST";
    asked.url = std::move(*target);
    asked.fields = {{"Content-Type", "application/ocsp-request"}, {"Accept", "application/ocsp-response"}};
    asked.content = std::move(request);
    asked.limits.content = tls::most_staple_octets;
    auto answer = co_await client::fetch(std::move(asked), nullptr);
    if (!answer) co_return std::unexpected(answer.error().error);
    if (answer->status != http::Status::ok) co_return fail(Error::failed, "the responder's answer is no 200");
    co_return std::move(answer->content);
}

io::Task<void> Stapling::keep(Stapling& stapling) { co_await stapling.stapler_.keep(list, &stapling); }

}  // namespace cais::server

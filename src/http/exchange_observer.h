// Who is told when an exchange has ended: an access log, later a trace. Nobody is asked for where nobody listens.
#pragma once
#include "http/exchange_record.h"

namespace cais::http {

class ExchangeObserver {
public:
    // The record's text is valid for the call only. Called once an exchange, after its last octet or its failure.
    virtual void exchange_ended(const ExchangeRecord& record) noexcept = 0;

protected:
    ~ExchangeObserver() = default;
};

}  // namespace cais::http

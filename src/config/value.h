// Value: what stands in a configuration file, with its places, and what became of it: which keys were asked for.
// The tree that config::Table looks at; readers of a configuration use that.
#pragma once
#include "config/diagnostics.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cais::config {

struct Value {
    enum class Kind : std::uint8_t { none, text, number, fraction, flag, time, list, table };

    Kind kind = Kind::none;
    Location where = {};
    std::string text = {};            // of text
    std::int64_t number = 0;          // of number
    bool flag = false;                // of flag
    std::vector<Value> items = {};    // of list
    std::vector<Value> members = {};  // of table, in the order of the file; each with its key

    // Of a member of a table:
    std::string key = {};
    Location where_key = {};
    bool is_known = false;  // somebody asked for it

    // Of a table that somebody reads:
    std::string name = {};                // the key it stands at; empty for the file's own
    std::string_view page = {};           // where its keys are described
    std::vector<std::string> asked = {};  // the keys that it may have, as they were asked for
    bool is_read = false;                 // what was not asked for is unknown
};

}  // namespace cais::config

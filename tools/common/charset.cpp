#include "tools/common/charset.hpp"

#include <cstdlib>
#include <string_view>

ike::Charset charset_of_locale() {
    for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        const std::string_view locale = value;
        for (const auto* spelling : {"UTF-8", "utf-8", "UTF8", "utf8"})
            if (locale.find(spelling) != locale.npos) return ike::Charset::unicode;
        return ike::Charset::ascii;
    }
    return ike::Charset::ascii;
}

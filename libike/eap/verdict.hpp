#pragma once
// What a method of the server makes of a response.
#include <string>

#include "libike/base/octets.hpp"

namespace ike::eap {

struct Verdict {
    enum class Kind : std::uint8_t {
        go_on,    ///< another request, with `data`
        success,  ///< the client has proven itself
        failure,  ///< it has not; `why`
    } kind{};
    Bytes data;
    std::string why;

    static Verdict go_on(Bytes data) { return {Kind::go_on, std::move(data), {}}; }
    static Verdict success() { return {Kind::success, {}, {}}; }
    static Verdict failure(std::string why) { return {Kind::failure, {}, std::move(why)}; }
};

}  // namespace ike::eap

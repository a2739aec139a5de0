#pragma once
// What a method of the server makes of a response.
#include <string>

#include "libike/base/octets.hpp"

namespace ike::eap {

struct Verdict {
    enum class Kind : std::uint8_t {
        go_on,    ///< another request, with `data`
        success,  ///< the client has proven itself
        failure,  ///< it has not
    } kind{};
    Bytes data;
    std::string why;  ///< of a failure, or of one that is certain

    static Verdict go_on(Bytes data) { return {Kind::go_on, std::move(data), {}}; }
    /// Another request, the last: it tells the client that it is refused, and why.
    static Verdict refuse(Bytes data, std::string why) {
        return {Kind::go_on, std::move(data), std::move(why)};
    }
    static Verdict success() { return {Kind::success, {}, {}}; }
    static Verdict failure(std::string why) { return {Kind::failure, {}, std::move(why)}; }
};

}  // namespace ike::eap

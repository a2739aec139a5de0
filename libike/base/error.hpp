#pragma once
// What could not be done, in words: attempted, happened.
#include <expected>
#include <string>

namespace ike {

/// A failure that comes from outside (a file, a peer's message, a setting). `what` says what was attempted
/// and what happened, `advice` what to try (may be empty).
struct Error {
    std::string what;
    std::string advice;
};
template <class T>
using Result = std::expected<T, Error>;
inline std::unexpected<Error> failure(std::string what, std::string advice = {}) {
    return std::unexpected{Error{std::move(what), std::move(advice)}};
}

}  // namespace ike

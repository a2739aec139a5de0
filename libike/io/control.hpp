#pragma once
// A control socket: one request line, one answer, on a Unix socket that only its owner can open.
#include <functional>
#include <memory>
#include <string>

#include "libike/base/error.hpp"
#include "libike/base/instant.hpp"

namespace ike::io {

class Loop;

/// $XDG_RUNTIME_DIR/ikectl.sock, or /run/ikectl.sock for root, or /tmp/ikectl-UID.sock.
std::string default_control_path();

class ControlServer {
public:
    using Answer = std::function<std::string(std::string_view request)>;
    /// Takes the place of a socket that nobody listens on; refuses one that is in use.
    static Result<ControlServer> open(Loop& loop, const std::string& path, Answer answer);
    ~ControlServer();  ///< removes the socket
    ControlServer(ControlServer&&) noexcept;
    ControlServer& operator=(ControlServer&&) noexcept;

private:
    struct State;
    explicit ControlServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Asks the server at `path`; waits at most `patience`.
Result<std::string> control_request(const std::string& path, std::string_view request, Duration patience);

}  // namespace ike::io

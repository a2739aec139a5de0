#include "libike/io/control.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "libike/io/alive.hpp"
#include "libike/io/host.hpp"
#include "libike/io/loop.hpp"
#include "libike/io/socket_address.hpp"

namespace ike::io {

namespace {

constexpr std::size_t longest_request = 4096;

Result<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return failure(fmt::format("{}: not a path for a socket", path), "take a path of 1 to 107 octets");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

/// A socket that is connected to `path`; the errno where nobody answers.
std::expected<Descriptor, int> connect_to(const sockaddr_un& address) {
    Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return std::unexpected{errno};
    return socket;
}

using Stream = asio::local::stream_protocol;

/// One client: a request line in, the answer out, gone.
struct Client : std::enable_shared_from_this<Client> {
    Client(Stream::socket with, std::shared_ptr<const ControlServer::Answer> how)
        : socket{std::move(with)}, answer{std::move(how)} {}
    void serve() {
        asio::async_read_until(socket, asio::dynamic_buffer(request, longest_request), '\n',
                               [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
                                   if (!error) self->reply(size);
                               });
    }
    void reply(std::size_t size) {
        response = (*answer)(std::string_view{request}.substr(0, size - 1));
        asio::async_write(socket, asio::buffer(response),
                          [self = shared_from_this()](const asio::error_code&, std::size_t) {});
    }
    Stream::socket socket;
    std::shared_ptr<const ControlServer::Answer> answer;
    std::string request, response;
};

}  // namespace

std::string default_control_path() {
    if (geteuid() == 0) return "/run/ikectl.sock";
    if (const auto* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime != '\0')
        return fmt::format("{}/ikectl.sock", runtime);
    return fmt::format("/tmp/ikectl-{}.sock", geteuid());
}

struct ControlServer::State {
    State(Loop& loop, std::string at, Answer how)
        : acceptor{loop.context()},
          path{std::move(at)},
          answer{std::make_shared<const Answer>(std::move(how))} {}
    ~State() {
        if (acceptor.is_open()) unlink(path.c_str());
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    void accept() {
        acceptor.async_accept(
            [this, there = alive.watch()](const asio::error_code& error, Stream::socket socket) {
                if (error == asio::error::operation_aborted || there.expired()) return;
                if (!error) std::make_shared<Client>(std::move(socket), answer)->serve();
                accept();
            });
    }
    Stream::acceptor acceptor;
    std::string path;
    std::shared_ptr<const Answer> answer;
    Alive alive;
};

Result<ControlServer> ControlServer::open(Loop& loop, const std::string& path, Answer answer) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected{address.error()};
    struct stat found {};
    if (lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode))
            return failure(fmt::format("{}: exists and is no socket", path), "take another --control path");
        if (connect_to(*address))
            return failure(fmt::format("{}: another ikectl serves this control socket", path),
                           "take another --control path");
        unlink(path.c_str());
    }
    auto state = std::make_unique<State>(loop, path, std::move(answer));
    asio::error_code error;
    state->acceptor.open(Stream{}, error);
    // Commands are its owner's alone: no moment in which others could connect.
    const auto mask = umask(0177);
    if (!error) state->acceptor.bind(Stream::endpoint{path}, error);
    umask(mask);
    if (!error) state->acceptor.listen(8, error);
    if (error) {
        asio::error_code ignored;
        state->acceptor.close(ignored);
        return failure(fmt::format("{}: control socket: {}", path, error.message()),
                       "take a path in a folder of yours with --control");
    }
    state->accept();
    return ControlServer{std::move(state)};
}

ControlServer::ControlServer(std::unique_ptr<State> state) : state_{std::move(state)} {}
ControlServer::~ControlServer() = default;
ControlServer::ControlServer(ControlServer&&) noexcept = default;
ControlServer& ControlServer::operator=(ControlServer&&) noexcept = default;

Result<std::string> control_request(const std::string& path, std::string_view request, Duration patience) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected{address.error()};
    auto socket = connect_to(*address);
    if (!socket) {
        return failure(fmt::format("{}: {}", path, errno_text(socket.error())),
                       "is `ikectl serve` or `ikectl connect` running, with this --control path?");
    }
    const std::string line = std::string{request} + "\n";
    if (::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
        return failure(fmt::format("{}: {}", path, errno_text(errno)));
    const auto deadline = now() + patience;
    std::string response;
    std::array<char, 4096> part{};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
        pollfd wait{socket->get(), POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0)
            return failure(fmt::format("{}: no answer", path));
        const auto size = recv(socket->get(), part.data(), part.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failure(fmt::format("{}: {}", path, errno_text(errno)));
        if (size == 0) return response;
        response.append(part.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace ike::io

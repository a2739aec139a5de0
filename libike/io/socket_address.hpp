#pragma once
// Endpoints as the system's socket addresses, and back. For libike/io alone.
#include <netinet/in.h>
#include <sys/socket.h>

#include "libike/base/address.hpp"

namespace ike::io {

/// A sockaddr of either family with its size.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    SocketAddress() = default;
    explicit SocketAddress(const Endpoint& endpoint);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};
/// Nothing for other families.
std::optional<Endpoint> endpoint_of(const sockaddr* address);
int family_of(const Address& address);
Address address_of(const in_addr& address);
Address address_of(const in6_addr& address);
/// A file descriptor that is closed when dropped; -1: none.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }
    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int release() {
        const int number = number_;
        number_ = -1;
        return number;
    }
    void reset();

private:
    int number_ = -1;
};

}  // namespace ike::io

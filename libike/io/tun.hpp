#pragma once
// A TUN device: inner packets to and from the machine's own network stack. For libike/io alone.
#include <string>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/io/routes.hpp"
#include "libike/io/socket_address.hpp"

namespace ike::io {

class Tun {
public:
    /// Makes the device (an empty name: the kernel chooses) and brings it up.
    static Result<Tun> open(const std::string& name, std::uint32_t mtu);
    int descriptor() const { return descriptor_.get(); }
    const std::string& name() const { return name_; }
    /// One packet, without waiting; 0 when there is none.
    std::size_t read(MutableBytes into) const;
    /// False when the kernel would not take it.
    bool write(ByteView packet) const;

    /// Traffic between these selectors goes through the device; our address of `local`, where it is nobody's
    /// yet, is put on it. Repeats are harmless.
    Result<bool> carry(std::span<const TrafficSelector> local, std::span<const TrafficSelector> remote);
    void drop(std::span<const TrafficSelector> remote);

private:
    Tun(Descriptor descriptor, std::string name, Routes routes)
        : descriptor_{std::move(descriptor)}, name_{std::move(name)}, routes_{std::move(routes)} {}
    Descriptor descriptor_;
    std::string name_;
    Routes routes_;
    std::vector<Prefix> carried_;
};

}  // namespace ike::io

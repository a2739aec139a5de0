#pragma once
// Datagrams that wait to be sent together, in one block of memory, so that runs of one size on one path can
// go to the kernel as one (UDP_SEGMENT). For libike/io alone.
#include <functional>

#include "libike/io/bound_socket.hpp"

namespace ike::io {

class SendQueue {
public:
    static constexpr std::size_t most = 128;             ///< datagrams
    static constexpr std::size_t capacity = 512 * 1024;  ///< octets
    SendQueue();
    bool has_room(std::size_t size) const { return entries_.size() < most && used_ + size <= capacity; }
    /// Octets for one datagram; has_room() must hold, or the queue be empty.
    MutableBytes reserve(std::size_t size);
    void commit(const Path& path, Carrier carrier, std::size_t size, std::uint8_t traffic_class,
                Fragmentation fragmentation);
    using Send = std::function<void(const Path& path, Carrier carrier, Fragmentation fragmentation,
                                    std::span<const Outgoing> datagrams)>;
    /// Gives everything to `send`, in order, one call for each run with the same local end, carrier and
    /// fragmentation, then is empty.
    void drain(const Send& send);
    /// From now on nothing is joined: the kernel or the device would not.
    void refuse_segmentation() { segmentation_ = false; }
    /// The datagrams that a joined one stands for.
    static std::vector<Outgoing> cut(const Outgoing& joined);

private:
    struct Entry {
        Path path;
        Carrier carrier{};
        std::size_t offset = 0, size = 0;
        std::uint8_t traffic_class = 0;
        Fragmentation fragmentation{};
    };
    /// The entries from `first` on that go as one, and how.
    std::size_t join(std::size_t first, Outgoing& into) const;
    Bytes octets_;
    std::size_t used_ = 0;
    std::vector<Entry> entries_;
    std::vector<Outgoing> run_;
    bool segmentation_ = true;
};

}  // namespace ike::io

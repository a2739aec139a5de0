#include "libike/io/send_queue.hpp"

namespace ike::io {

namespace {

// UDP_MAX_SEGMENTS of the kernel, and the longest UDP payload over IPv4.
constexpr std::size_t most_segments = 64;
constexpr std::size_t longest = 65507;

}  // namespace

SendQueue::SendQueue() {
    entries_.reserve(most);
    run_.reserve(most);
}

MutableBytes SendQueue::reserve(std::size_t size) {
    if (octets_.empty()) octets_.resize(capacity);
    if (used_ + size > octets_.size()) octets_.resize(used_ + size);
    return MutableBytes{octets_}.subspan(used_, size);
}

void SendQueue::commit(const Path& path, Carrier carrier, std::size_t size, std::uint8_t traffic_class,
                       Fragmentation fragmentation) {
    entries_.push_back({path, carrier, used_, size, traffic_class, fragmentation});
    used_ += size;
}

std::size_t SendQueue::join(std::size_t first, Outgoing& into) const {
    const auto& head = entries_[first];
    std::size_t count = 1, total = head.size;
    const bool may_join = segmentation_ && head.carrier == Carrier::udp && head.size > 0;
    while (may_join && first + count < entries_.size() && count < most_segments) {
        const auto& next = entries_[first + count];
        if (next.path != head.path || next.carrier != head.carrier ||
            next.traffic_class != head.traffic_class || next.fragmentation != head.fragmentation ||
            next.size > head.size || total + next.size > longest)
            break;
        total += next.size;
        ++count;
        if (next.size < head.size) break;  // a shorter one can only be the last
    }
    into = {head.path, ByteView{octets_}.subspan(head.offset, total), count > 1 ? head.size : 0,
            head.traffic_class};
    return count;
}

void SendQueue::drain(const Send& send) {
    std::size_t next = 0;
    while (next < entries_.size()) {
        const auto& head = entries_[next];
        run_.clear();
        while (next < entries_.size() && entries_[next].path.local == head.path.local &&
               entries_[next].carrier == head.carrier && entries_[next].fragmentation == head.fragmentation) {
            next += join(next, run_.emplace_back());
        }
        send(head.path, head.carrier, head.fragmentation, run_);
    }
    entries_.clear();
    used_ = 0;
}

std::vector<Outgoing> SendQueue::cut(const Outgoing& joined) {
    std::vector<Outgoing> parts;
    for (auto rest = joined.octets; !rest.empty();) {
        const auto size = std::min(joined.segment, rest.size());
        parts.push_back({joined.path, rest.first(size), 0, joined.traffic_class});
        rest = rest.subspan(size);
    }
    return parts;
}

}  // namespace ike::io

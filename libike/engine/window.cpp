#include "libike/engine/window.hpp"

#include <algorithm>

namespace ike::engine {

Request* Window::find(std::uint32_t message_id) {
    const auto found = std::ranges::find(in_flight, message_id, &Request::message_id);
    return found == in_flight.end() ? nullptr : &*found;
}

Request Window::take(std::uint32_t message_id) {
    const auto found = std::ranges::find(in_flight, message_id, &Request::message_id);
    Request request = std::move(*found);
    in_flight.erase(found);
    if (in_flight.empty()) in_flight = std::vector<Request>{};  // an idle SA holds no room for requests
    return request;
}

Window::Turn Window::sort(std::uint32_t message_id) const {
    if (answer_to(message_id) != nullptr) return Turn::answered;
    if (message_id < expected) return Turn::forgotten;
    return message_id - expected < own_size ? Turn::fresh : Turn::beyond;
}

const Answered* Window::answer_to(std::uint32_t message_id) const {
    const auto found = std::ranges::find(answered_, message_id, &Answered::message_id);
    return found == answered_.end() ? nullptr : &*found;
}

void Window::remember(std::uint32_t message_id, std::vector<Bytes> datagrams) {
    for (auto& datagram : datagrams) datagram.shrink_to_fit();
    // RFC 7296 section 2.3: a response is kept until the peer can no longer ask for it again.
    std::erase_if(answered_, [&](const Answered& each) {
        return each.message_id + std::uint64_t{own_size} <= message_id;
    });
    answered_.push_back({message_id, std::move(datagrams)});
    while (answer_to(expected) != nullptr) ++expected;
}

}  // namespace ike::engine

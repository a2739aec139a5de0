#include "libike/eap/tls_channel.hpp"

#include "libike/base/reader.hpp"
#include "libike/base/writer.hpp"

namespace ike::eap {
namespace {

constexpr std::uint8_t length_flag = 0x80, more_flag = 0x40;

}  // namespace

Result<TlsChannel::Received> TlsChannel::take(ByteView data) {
    Received received;
    if (data.empty()) {  // as RFC 5216 section 2.1.5 describes an acknowledgement; most send flags of zero
        received.whole = true;
        return received;
    }
    Reader in{data};
    const auto flags = in.number<std::uint8_t>("flags");
    std::size_t length = 0;
    if ((flags & length_flag) != 0) length = in.number<std::uint32_t>("tls length");
    if (in.failed()) return failure("an EAP-TLS packet without the length that its flags announce");
    const auto part = in.rest();
    if (length > largest || incoming_.size() + part.size() > largest)
        return failure("an EAP-TLS message of more octets than are taken");
    // Some repeat the length in every fragment.
    if (length != 0 && !incoming_.empty() && announced_ != 0 && length != announced_)
        return failure("an EAP-TLS message that changes its length");
    if (length != 0) announced_ = length;
    append(incoming_, part);
    received.start = (flags & start_flag) != 0;
    const bool too_long = announced_ != 0 && incoming_.size() > announced_;
    received.whole = (flags & more_flag) == 0;
    if (too_long || (received.whole && announced_ != 0 && incoming_.size() != announced_))
        return failure("an EAP-TLS message of another length than announced");
    if (!received.whole) {
        if (part.empty()) return failure("an EAP-TLS fragment without data");
        return received;
    }
    received.message = std::exchange(incoming_, {});
    announced_ = 0;
    return received;
}

void TlsChannel::put(Bytes message) {
    outgoing_ = std::move(message);
    sent_ = 0;
}

Bytes TlsChannel::next() {
    const auto left = outgoing_.size() - sent_;
    const auto size = std::min(left, fragment_);
    const bool first = sent_ == 0, more = size < left;
    Writer out;
    // The length goes with the first of several fragments (RFC 5216 section 3.1).
    const bool with_length = first && more;
    out.number(static_cast<std::uint8_t>((with_length ? length_flag : 0) | (more ? more_flag : 0)));
    if (with_length) out.number(static_cast<std::uint32_t>(outgoing_.size()));
    out.octets(ByteView{outgoing_}.subspan(sent_, size));
    sent_ += size;
    if (!more) put({});
    return out.take();
}

}  // namespace ike::eap

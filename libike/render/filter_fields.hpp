#pragma once
// The fields of the display filter, and what may be compared with them.
#include "libike/render/filter.hpp"

namespace ike::filter {

enum class Field : std::uint8_t {
    addr,
    auth,
    cert,
    config,
    critical,
    decrypted,
    dst,
    dst_port,
    eap,
    encr,
    error,
    exchange,
    file,
    finding,
    fragment,
    frame,
    icmp_code,
    icmp_type,
    id,
    initiator,
    inner_addr,
    inner_dst,
    inner_port,
    inner_protocol,
    inner_src,
    integ,
    integrity,
    ispi,
    ke,
    keepalive,
    kind,
    length,
    message_id,
    mtu,
    notify,
    path,
    payload,
    port,
    prf,
    protocol,
    request,
    response,
    retransmission,
    rspi,
    seq,
    severity,
    spi,
    src,
    src_port,
    time,
    ts,
    tunnel,
    udp,
    vendor,
    verified,
    version,
};
/// What a field's values are.
enum class Type : std::uint8_t { number, code, hex, text, address, flag, seconds };

struct Entry {
    std::string_view name;
    Field field;
    Type type;
    std::string_view description;
};
const Entry* find_field(std::string_view name);
/// The field whose name is most like `name`, "" where none is.
std::string_view similar_field(std::string_view name);

/// Up to three of `all` that are most like `word`, the likest first.
std::vector<std::string_view> nearest(std::string_view word, std::span<const std::string_view> all);

/// A value to compare with.
struct Literal {
    std::uint64_t number = 0;
    double seconds = 0;
    std::string text;  ///< in lower case
    std::optional<Address> address;
    unsigned prefix = 0;  ///< bits of the address that count
    std::optional<std::uint16_t> port;
};
/// What `word` means for a field; the error says what was expected.
std::expected<Literal, std::string> read_literal(const Entry& entry, std::string_view word);

/// One value of a packet's field.
struct Value {
    std::uint64_t number = 0;
    std::string_view text;
    double seconds = 0;
    std::optional<Endpoint> endpoint;
};
/// Gives each value that the packet has of a field to `take`, until it says true. True where it did.
class Taker {
public:
    virtual ~Taker() = default;
    virtual bool take(const Value& value) = 0;
};
bool each_value(const Observation& seen, Field field, double seconds, Taker& taker);

/// Numbers for words that are no code points: kinds, verdicts, severities.
std::optional<std::uint64_t> word_number(Field field, std::string_view word);

}  // namespace ike::filter

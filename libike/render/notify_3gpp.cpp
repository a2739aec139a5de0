#include "libike/render/notify_3gpp.hpp"

#include "libike/registry/private_use.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/traffic_template.hpp"

namespace ike {
namespace {

/// The information elements that 3GPP took over begin with their length.
Reader element(const Notify& notify) {
    Reader in{notify.data};
    const std::size_t size = in.number<std::uint8_t>("length");
    return in.child(std::min(size, in.remaining()), "element");
}

/// TS 24.502 section 9.2.4.
void address(const Notify& notify, Fields& fields) {
    if (const auto found = Address::from_octets(notify.data))
        address_field(fields, "address", "Address", *found);
}

/// TS 24.302 section 8.2.9.2: length, type, and digits of which the lower half of an octet is first.
void device_identity(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    in.number<std::uint16_t>("length");
    const auto type = in.code<DeviceIdentityType>("identity type");
    const auto digits = in.rest();
    if (in.failed()) return;
    code_field(fields, "identity_type", "identity_type_id", "Identity type", type);
    if (const auto text = semi_octets(digits); !text.empty()) fields.text("identity", "Identity", text);
}

/// TS 24.008 section 10.5.7.4a (GPRS timer 3), after a length: a unit in three bits, a count in five.
void backoff_timer(const Notify& notify, Fields& fields) {
    if (notify.data.empty()) return;
    const unsigned timer = notify.data.back();
    constexpr std::array<std::uint64_t, 8> unit_seconds{600, 3600, 36000, 2, 30, 60, 1152000, 0};
    if (timer >> 5 == 7) return fields.text("timer", "Timer", "deactivated");
    fields.number("seconds", "Seconds", unit_seconds[timer >> 5] * (timer & 31));
}

/// TS 24.502 section 9.3.1.1: length, PDU session, QoS flows, flags, DSCP.
void qos_info(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    in.number<std::uint8_t>("length");
    const auto session = in.number<std::uint8_t>("pdu session");
    const std::size_t count = in.number<std::uint8_t>("number of qfis");
    const auto flows = in.take(count, "qfis");
    const auto flags = in.number<std::uint8_t>("flags");
    if (in.failed()) return;
    fields.number("pdu_session", "PDU session", session);
    fields.open_list("qfis", "");
    for (const auto each : flows) fields.number("", "QoS flow", each);
    fields.close_list();
    fields.flag("default_child_sa", "Default Child SA", (flags & 1) != 0);
    if ((flags & 2) != 0 && in.remaining() > 0)
        fields.number("dscp", "DSCP", in.number<std::uint8_t>("dscp"));
}

/// Bit rates in kbit/s of TS 24.301 sections 9.9.4.2 and 9.9.4.3: the octet, its extension (0: use the
/// octet), and the second extension of a bearer's, in the steps of table 9.9.4.3.1.
std::uint64_t base_rate(std::uint64_t value) {
    return value == 255  ? 0
           : value < 64  ? value
           : value < 128 ? 64 + (value - 64) * 8
                         : 576 + (value - 128) * 64;
}
std::uint64_t extended_rate(std::uint64_t value) {
    value = std::min<std::uint64_t>(value, 250);
    return value < 75    ? 8600 + value * 100
           : value < 187 ? (16 + (value - 74)) * 1000
                         : (128 + (value - 186) * 2) * 1000;
}
std::uint64_t second_extension(std::uint64_t value) {
    value = std::min<std::uint64_t>(value, 246);
    return (value < 62    ? 256 + value * 4
            : value < 162 ? 500 + (value - 61) * 10
                          : 1500 + (value - 161) * 100) *
           1000;
}

/// Pairs of rates by level: octets, extensions, second extensions.
struct Rates {
    std::array<std::uint8_t, 3> levels{};
    std::uint64_t of_bearer() const {
        return levels[2] != 0   ? second_extension(levels[2])
               : levels[1] != 0 ? extended_rate(levels[1])
                                : base_rate(levels[0]);
    }
    /// The second extension counts 256 Mbit/s, which are added (TS 24.301 table 9.9.4.2.1).
    std::uint64_t of_apn() const {
        return levels[2] * std::uint64_t{256'000} +
               (levels[1] != 0 ? extended_rate(levels[1]) : base_rate(levels[0]));
    }
};

/// TS 24.301 section 9.9.4.3: QCI, then maximum and guaranteed bit rates, up before down, at each level.
void eps_qos(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    const auto qci = in.number<std::uint8_t>("qci");
    if (in.failed()) return;
    std::array<Rates, 4> rates{};
    const auto octets = in.rest();
    for (std::size_t i = 0; i < std::min<std::size_t>(octets.size(), 12); ++i)
        rates[i % 4].levels[i / 4] = octets[i];
    fields.number("qci", "QCI", qci);
    if (octets.size() < 4) return;
    fields.number("max_up_kbps", "Maximum up, kbit/s", rates[0].of_bearer());
    fields.number("max_down_kbps", "Maximum down, kbit/s", rates[1].of_bearer());
    fields.number("guaranteed_up_kbps", "Guaranteed up, kbit/s", rates[2].of_bearer());
    fields.number("guaranteed_down_kbps", "Guaranteed down, kbit/s", rates[3].of_bearer());
}

/// TS 24.301 section 9.9.4.2: of the access point, down before up, at each level.
void apn_ambr(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    std::array<Rates, 2> rates{};
    const auto octets = in.rest();
    if (in.failed() || octets.size() < 2) return;
    for (std::size_t i = 0; i < std::min<std::size_t>(octets.size(), 6); ++i)
        rates[i % 2].levels[i / 2] = octets[i];
    fields.number("max_down_kbps", "Maximum down, kbit/s", rates[0].of_apn());
    fields.number("max_up_kbps", "Maximum up, kbit/s", rates[1].of_apn());
}

/// A unit (4 Mbit/s for 3, four times as much for each further one) and how many of it.
std::uint64_t unit_rate(std::uint8_t unit, std::uint16_t count) {
    return unit < 3 || unit > 20 ? 0 : count * (std::uint64_t{4000} << 2 * (unit - 3));
}

/// TS 24.301 section 9.9.4.30.
void extended_qos(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    for (const std::string_view kind : {"max", "guaranteed"}) {
        const auto unit = in.number<std::uint8_t>("unit");
        const auto up = in.number<std::uint16_t>("up"), down = in.number<std::uint16_t>("down");
        if (in.failed()) return;
        const bool max = kind == "max";
        fields.number(max ? "max_up_kbps" : "guaranteed_up_kbps",
                      max ? "Maximum up, kbit/s" : "Guaranteed up, kbit/s", unit_rate(unit, up));
        fields.number(max ? "max_down_kbps" : "guaranteed_down_kbps",
                      max ? "Maximum down, kbit/s" : "Guaranteed down, kbit/s", unit_rate(unit, down));
    }
}

/// TS 24.301 section 9.9.4.29.
void extended_ambr(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    const auto down_unit = in.number<std::uint8_t>("unit");
    const auto down = in.number<std::uint16_t>("down");
    const auto up_unit = in.number<std::uint8_t>("unit");
    const auto up = in.number<std::uint16_t>("up");
    if (in.failed()) return;
    fields.number("max_down_kbps", "Maximum down, kbit/s", unit_rate(down_unit, down));
    fields.number("max_up_kbps", "Maximum up, kbit/s", unit_rate(up_unit, up));
}

/// TS 24.008 section 10.5.3.13: length, categories, digits of each number.
void emergency_numbers(const Notify& notify, Fields& fields) {
    constexpr std::array<std::string_view, 5> categories{"police", "ambulance", "fire brigade",
                                                         "marine guard", "mountain rescue"};
    auto in = element(notify);
    fields.open_list("numbers", "");
    while (in.remaining() >= 2) {
        const std::size_t size = in.number<std::uint8_t>("length");
        auto one = in.child(std::min(size, in.remaining()), "number");
        const auto services = one.number<std::uint8_t>("categories");
        const auto digits = one.rest();
        if (one.failed()) break;
        fields.open("", "Emergency number");
        fields.text("number", "Number", semi_octets(digits));
        fields.open_list("services", "");
        for (std::size_t i = 0; i < categories.size(); ++i) {
            if ((services >> i & 1) != 0) fields.text("", "Service", categories[i]);
        }
        fields.close_list();
        fields.close();
    }
    fields.close_list();
}

/// TS 24.008 section 10.5.1.13: digits of MCC and MNC, of which the third of the latter stands in the second
/// octet.
void plmn(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    const auto octets = in.take(3, "plmn");
    if (in.failed()) return;
    const auto digits =
        semi_octets(octets.first(1)) + semi_octets(Bytes{static_cast<std::uint8_t>(octets[1] | 0xf0)});
    const auto third = octets[1] >> 4u;
    auto network = semi_octets(octets.subspan(2));
    if (third < 10) network.push_back(static_cast<char>('0' + third));
    fields.text("mcc", "MCC", digits);
    fields.text("mnc", "MNC", network);
}

/// TS 24.501 section 9.11.2.8: slice and service type, slice differentiator.
void nssai(const Notify& notify, Fields& fields) {
    auto in = element(notify);
    const auto type = in.number<std::uint8_t>("sst");
    if (in.failed()) return;
    fields.number("sst", "Slice/service type", type);
    if (in.remaining() >= 3) fields.octets("sd", "Slice differentiator", in.take(3, "sd"));
}

/// One number, alone or behind its length.
void small_number(const Notify& notify, std::string_view key, std::string_view label, Fields& fields) {
    const bool with_length = notify.data.size() == 2 && notify.data[0] == 1;
    if (notify.data.size() == 1 || with_length) fields.number(key, label, notify.data.back());
}

void tcp_port(const Notify& notify, Fields& fields) {
    Reader in{notify.data};
    const auto port = in.number<std::uint16_t>("port");
    if (in.finish(0)) fields.number("port", "TCP port", port);
}

struct Row {
    unsigned type;
    void (*describe)(const Notify&, Fields&);
};
constexpr Row rows[] = {
    {41041, backoff_timer},
    {41101, device_identity},
    {41134, emergency_numbers},
    {41501,
     [](const Notify& in, Fields& to) { small_number(in, "pti", "Procedure transaction identity", to); }},
    {42014, eps_qos},
    {42015, extended_qos},
    {42017, [](const Notify& in, Fields& to) { describe_template(element(in), to); }},
    {42094, apn_ambr},
    {42095, extended_ambr},
    {51015, [](const Notify& in, Fields& to) { small_number(in, "pdu_session", "PDU session", to); }},
    {51115, nssai},
    {52216, plmn},
    {55501, qos_info},
    {55502, address},
    {55503, address},
    {55504, address},
    {55505, address},
    {55506, tcp_port},
    {55507, backoff_timer},
};

}  // namespace

void describe_3gpp(const Notify& notify, Fields& fields) {
    const auto* found = std::ranges::find(rows, static_cast<unsigned>(notify.type), &Row::type);
    if (found != std::end(rows)) found->describe(notify, fields);
}

}  // namespace ike

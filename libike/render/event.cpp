#include "libike/render/event.hpp"

#include "libike/eap/packet.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike {
namespace {

std::uint64_t handle(IkeSaId id) { return static_cast<std::uint64_t>(id); }
std::uint64_t handle(ChildSaId id) { return static_cast<std::uint64_t>(id); }

std::string esp_spi_text(std::uint32_t spi) {
    TextBuffer text;
    put_hex(text, spi, 8);
    return {text.data(), text.size()};
}

void put_microseconds(Fields& fields, std::string_view key, Duration time) {
    fields.number(key, "",
                  static_cast<std::uint64_t>(std::max<std::int64_t>(time / std::chrono::microseconds{1}, 0)));
}

void put_path(Fields& fields, const Path& path) {
    endpoint_field(fields, "local", "", path.local);
    endpoint_field(fields, "remote", "", path.remote);
}

void put_addresses(Fields& fields, std::string_view key, std::span<const Address> addresses) {
    fields.open_list(key, "");
    for (const auto& address : addresses) address_field(fields, "", "", address);
    fields.close_list();
}

void put_selectors(Fields& fields, std::string_view key, std::span<const TrafficSelector> selectors) {
    fields.open_list(key, "");
    for (const auto& selector : selectors) fields.text("", "", to_string(selector));
    fields.close_list();
}

void put_ike_spis(Fields& fields, IkeSpi initiator, IkeSpi responder) {
    fields.text("ispi", "", spi_text(initiator));
    fields.text("rspi", "", spi_text(responder));
}

void put_child(Fields& fields, IkeSaId ike_sa, ChildSaId child, std::uint32_t spi_in, std::uint32_t spi_out) {
    fields.number("ike_sa", "", handle(ike_sa));
    fields.number("child_sa", "", handle(child));
    fields.text("spi_in", "", esp_spi_text(spi_in));
    fields.text("spi_out", "", esp_spi_text(spi_out));
}

void put_terms(Fields& fields, const ChildTerms& terms) {
    if (!terms.name.empty()) fields.text("name", "", terms.name);
    fields.text("mode", "", to_string(terms.mode));
    fields.flag("ipcomp", "", terms.ipcomp.has_value());
    if (terms.additional_ts) fields.flag("additional_ts_possible", "", true);
}

void put_failure(Fields& fields, Failure failure, std::optional<NotifyType> notify, std::string_view detail) {
    fields.text("failure", "", to_string(failure));
    if (notify) code_field(fields, "notify", "notify_type", "", *notify);
    fields.text("detail", "", detail);
}

struct Describe {
    Fields& fields;

    void operator()(const IkeStateChanged& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        fields.text("state", "", to_string(e.state));
        fields.text("detail", "", e.detail);
    }
    void operator()(const IkeEstablished& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_ike_spis(fields, e.spi_i, e.spi_r);
        fields.flag("initiator", "", e.initiator);
        put_path(fields, e.path);
        fields.text("local_id", "", to_string(e.local_id));
        fields.text("remote_id", "", to_string(e.remote_id));
        fields.text("suite", "", to_string(e.suite));
        fields.text("auth", "", e.auth);
        if (e.eap) {
            fields.text("eap_method", "", eap::method_name(e.eap->method));
            fields.text("eap_identity", "", e.eap->identity);
            fields.flag("eap_only", "", e.eap->alone);
        }
        fields.flag("mobike", "", e.mobike);
        fields.flag("nat_local", "", e.nat_local);
        fields.flag("nat_remote", "", e.nat_remote);
        put_addresses(fields, "peer_additional", e.peer_additional);
        put_addresses(fields, "inner_addresses", e.inner_addresses);
        if (!e.configuration.empty()) {
            CpPayload reply;
            reply.type = ConfigType::cfg_reply;
            reply.attributes = e.configuration;
            fields.open("configuration", "");
            describe(reply, fields);
            fields.close();
        }
    }
    void operator()(const IkeRekeyed& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_ike_spis(fields, e.spi_i, e.spi_r);
        fields.flag("by_us", "", e.by_us);
    }
    void operator()(const ChildEstablished& e) const {
        put_child(fields, e.ike_sa, e.child, e.spi_in, e.spi_out);
        fields.text("suite", "", to_string(e.suite));
        put_selectors(fields, "ts_local", e.ts_local);
        put_selectors(fields, "ts_remote", e.ts_remote);
        fields.flag("rekeyed", "", e.rekeyed);
        fields.flag("by_us", "", e.by_us);
        put_terms(fields, e.terms);
    }
    void operator()(const ChildDeleted& e) const {
        put_child(fields, e.ike_sa, e.child, e.spi_in, e.spi_out);
        fields.flag("replaced", "", e.replaced);
    }
    void operator()(const ExchangeDone& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        code_field(fields, "exchange", "exchange_type", "", e.exchange);
        fields.number("message_id", "", e.message_id);
        put_microseconds(fields, "round_trip_us", e.round_trip);
        fields.number("attempts", "", e.attempts);
        fields.open_list("notifies", "");
        for (const auto type : e.notifies) fields.text("", "", to_string(type));
        fields.close_list();
    }
    void operator()(const Retransmitted& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        code_field(fields, "exchange", "exchange_type", "", e.exchange);
        fields.number("message_id", "", e.message_id);
        fields.number("attempt", "", e.attempt);
        put_path(fields, e.path);
    }
    void operator()(const Moved& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_path(fields, e.to);
        endpoint_field(fields, "from_local", "", e.from.local);
        endpoint_field(fields, "from_remote", "", e.from.remote);
        fields.flag("by_us", "", e.by_us);
        fields.flag("udp_encapsulation", "", e.udp_encapsulation);
        fields.flag("nat_local", "", e.nat_local);
        fields.flag("nat_remote", "", e.nat_remote);
        put_microseconds(fields, "round_trip_us", e.round_trip);
        if (e.returned) {
            fields.flag("cookie2_returned", "", *e.returned);
        } else {
            fields.null("cookie2_returned");
        }
    }
    void operator()(const MoveFailed& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_path(fields, e.wanted);
        put_failure(fields, e.failure, {}, e.detail);
    }
    void operator()(const NatChanged& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        fields.flag("nat_local", "", e.nat_local);
        fields.flag("nat_remote", "", e.nat_remote);
    }
    void operator()(const PeerAddresses& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_addresses(fields, "additional", e.additional);
    }
    void operator()(const Redirected& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        fields.text("from", "", to_string(e.from));
        fields.text("to", "", to_string(e.to));
        fields.flag("followed", "", e.followed);
    }
    void operator()(const IkeFailed& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        put_failure(fields, e.failure, e.notify, e.detail);
    }
    void operator()(const ChildFailed& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        fields.number("child_sa", "", handle(e.child));
        put_failure(fields, e.failure, e.notify, e.detail);
    }
    void operator()(const Dropped& e) const {
        put_path(fields, e.path);
        fields.text("reason", "", e.reason);
    }
    void operator()(const MessageTrace& e) const {
        fields.number("ike_sa", "", handle(e.ike_sa));
        fields.text("direction", "", e.sent ? "out" : "in");
        fields.flag("retransmission", "", e.retransmission);
        put_path(fields, e.path);
        fields.flag("opened", "", e.opened);
        describe(e.message, fields);
    }
    void operator()(const KeysDerived& e) const {
        std::visit(Overloaded{[this](const IkeKeyRecord& keys) {
                                  put_ike_spis(fields, keys.spi_i, keys.spi_r);
                                  fields.text("suite", "", to_string(keys.suite));
                              },
                              [this](const EspKeyRecord& keys) {
                                  fields.text("spi", "", esp_spi_text(keys.spi));
                                  fields.text("suite", "", to_string(keys.suite));
                              }},
                   e.record);
    }
};

}  // namespace

std::string_view event_name(const Event& event) {
    struct Name {
        std::string_view operator()(const IkeStateChanged&) const { return "ike_state"; }
        std::string_view operator()(const IkeEstablished&) const { return "ike_established"; }
        std::string_view operator()(const IkeRekeyed&) const { return "ike_rekeyed"; }
        std::string_view operator()(const ChildEstablished&) const { return "child_established"; }
        std::string_view operator()(const ChildDeleted&) const { return "child_deleted"; }
        std::string_view operator()(const ExchangeDone&) const { return "exchange_done"; }
        std::string_view operator()(const Retransmitted&) const { return "retransmitted"; }
        std::string_view operator()(const Moved&) const { return "moved"; }
        std::string_view operator()(const MoveFailed&) const { return "move_failed"; }
        std::string_view operator()(const NatChanged&) const { return "nat_changed"; }
        std::string_view operator()(const PeerAddresses&) const { return "peer_addresses"; }
        std::string_view operator()(const Redirected&) const { return "redirected"; }
        std::string_view operator()(const IkeFailed&) const { return "ike_failed"; }
        std::string_view operator()(const ChildFailed&) const { return "child_failed"; }
        std::string_view operator()(const Dropped&) const { return "dropped"; }
        std::string_view operator()(const MessageTrace&) const { return "message"; }
        std::string_view operator()(const KeysDerived&) const { return "keys_derived"; }
    };
    return std::visit(Name{}, event);
}

void describe(const Event& event, Fields& fields) { std::visit(Describe{fields}, event); }

}  // namespace ike

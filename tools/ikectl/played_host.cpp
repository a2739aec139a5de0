#include "tools/ikectl/played_host.hpp"

#include <fmt/format.h>

#include "libike/io/host.hpp"
#include "libike/render/event.hpp"
#include "libike/render/json_fields.hpp"

namespace scenario {

using ike::Result;
using nlohmann::json;

namespace {

json event_object(const ike::Event& event) {
    ike::TextBuffer text;
    ike::JsonFields fields{text};
    fields.open("", "");
    fields.text("event", "", ike::event_name(event));
    describe(event, fields);
    fields.close();
    return json::parse(text.data(), text.data() + text.size());
}

/// What expectations of messages ask about most.
void add_message_lists(json& object) {
    auto types = json::array(), notifies = json::array();
    for (const auto& payload : object["payloads"]) {
        types.push_back(payload.value("type", ""));
        if (payload.contains("notify")) notifies.push_back(payload["notify"]);
    }
    object["payload_types"] = std::move(types);
    object["notifies"] = std::move(notifies);
}

bool is_wide(const ike::TrafficSelector& selector) { return selector.start.is_unspecified(); }

/// An address of the selectors, of the outer address' family where there is one; where they are wide open the
/// outer one.
ike::Address address_of(const std::vector<ike::TrafficSelector>& selectors, const ike::Address& outer) {
    for (const bool same_family : {true, false}) {
        for (const auto& selector : selectors) {
            if (same_family != (selector.start.family() == outer.family())) continue;
            if (is_wide(selector)) return outer;
            auto octets = ike::to_bytes(selector.start.octets());
            if (selector.start != selector.end && octets.back() == 0)
                octets.back() = 1;  // not the network's own address
            return *ike::Address::from_octets(octets);
        }
    }
    return outer;
}

/// Where the draft's gateway is one of the scenario's hosts, that host's address and ports as they are bound.
void point_at(Draft& draft, const PlayedHost& gateway) {
    const auto& config = gateway.session().engine().config();
    if (const auto address = gateway.address()) draft.gateway = {to_string(*address), "gateway"};
    draft.port = {config.ike_port, "port"};
    draft.nat_port = {config.nat_port, "nat_port"};
}

}  // namespace

Result<std::unique_ptr<PlayedHost>> PlayedHost::open(ike::io::Loop& loop, const Host& host,
                                                     const PlayedHost* gateway, const CommonOptions& others,
                                                     Output& output) {
    std::unique_ptr<PlayedHost> played{new PlayedHost{loop, host.name, output}};
    auto draft = host.draft;
    if (gateway != nullptr) point_at(draft, *gateway);
    const auto profile = make_profile(draft, host.role);
    if (!profile)
        return ike::failure(fmt::format("{}: host {}: {}", host.where, host.name, profile.error().what),
                            profile.error().advice);
    if (host.role == Role::initiator && profile->gateway.empty())
        return ike::failure(fmt::format("{}: host {}: no gateway is named", host.where, host.name),
                            "add gateway: ADDRESS or the name of another host");
    if (!profile->gateway.empty() && host.role == Role::initiator) {
        const auto addresses = ike::io::resolve(profile->gateway);
        if (!addresses) return std::unexpected{addresses.error()};
        played->gateway_ = addresses->front();
    }
    auto config = session_config({*profile}, others, host.role, "ikectl run");
    // A responder without a port of its own takes any free one: scenarios can run side by side.
    if (host.role == Role::responder && !host.draft.port) config.engine.ike_port = config.engine.nat_port = 0;
    config.engine.trace = true;
    played->local_ = config.local;
    auto session = ike::io::Session::open(loop, std::move(config));
    if (!session)
        return ike::failure(fmt::format("host {}: {}", host.name, session.error().what),
                            session.error().advice);
    played->session_ = std::move(*session);
    played->session_->on_event(
        [raw = played.get()](ike::Instant now, const ike::Event& event) { raw->take(now, event); });
    played->session_->on_remark(
        [raw = played.get()](const ike::Error& error) { raw->output_.remark(error.what); });
    return played;
}

void PlayedHost::take(ike::Instant now, const ike::Event& event) {
    auto object = event_object(event);
    if (std::holds_alternative<ike::MessageTrace>(event)) add_message_lists(object);
    if (output_.is_json()) {
        nlohmann::ordered_json shown{{"host", name_}};
        for (const auto& [key, value] : object.items()) {
            if (key != "event") shown[key] = value;
        }
        output_.json(now, ike::event_name(event), shown);
    } else if (output_.is_verbose()) {
        output_.text(fmt::format("{:8.3f} {}: {}", output_.seconds(now), name_, ike::event_line(event)));
    }
    log_.push_back(std::move(object));
}

std::optional<ike::Address> PlayedHost::address() const {
    if (!local_.empty()) return local_.front();
    return ike::Address::v4({127, 0, 0, 1});
}

std::optional<ike::IkeSaStatus> PlayedHost::ike_sa() const {
    std::optional<ike::IkeSaStatus> youngest;
    for (auto& sa : session_->engine().status()) {
        if (sa.state != ike::IkeState::gone) youngest = std::move(sa);
    }
    return youngest;
}

std::optional<ike::ChildSaStatus> PlayedHost::child_sa() const {
    const auto sa = ike_sa();
    if (!sa || sa->children.empty()) return std::nullopt;
    return sa->children.back();
}

ike::Address PlayedHost::inner_local() const {
    const auto sa = ike_sa();
    const auto outer = sa ? sa->path.local.address : ike::Address{};
    return sa && !sa->children.empty() ? address_of(sa->children.back().ts_local, outer) : outer;
}

ike::Address PlayedHost::inner_remote() const {
    const auto sa = ike_sa();
    const auto outer = sa ? sa->path.remote.address : ike::Address{};
    return sa && !sa->children.empty() ? address_of(sa->children.back().ts_remote, outer) : outer;
}

std::optional<json> PlayedHost::await(std::initializer_list<std::string_view> names, std::size_t from,
                                      ike::Duration within) {
    std::size_t next = from;
    std::optional<json> found;
    const auto look = [&] {
        for (; next < log_.size() && !found; ++next) {
            const auto name = log_[next]["event"].get<std::string>();
            if (std::ranges::find(names, std::string_view{name}) != names.end()) found = log_[next];
        }
        return found.has_value();
    };
    loop_.run_until(look, ike::io::now() + within);
    return found;
}

}  // namespace scenario

#include "tools/common/profile.hpp"

#include <fmt/format.h>

#include "libike/sa/traffic_selectors.hpp"
#include "tools/common/draft.hpp"

using ike::Result;

namespace {

constexpr std::uint16_t standard_port = 500, standard_nat_port = 4500;

ike::Error at(const std::string& where, const ike::Error& error) {
    return {where + ": " + error.what, error.advice};
}

Result<bool> take_identities(const Draft& draft, Profile& profile) {
    if (draft.id) {
        auto id = ike::Identity::parse(draft.id->value);
        if (!id) return std::unexpected{at(draft.id->where, id.error())};
        profile.peer.local_id = std::move(*id);
        profile.peer.name = draft.id->value;
    }
    if (draft.remote_id && draft.remote_id->value != "%any") {
        auto id = ike::Identity::parse(draft.remote_id->value);
        if (!id) return std::unexpected{at(draft.remote_id->where, id.error())};
        profile.peer.remote_id = std::move(*id);
        profile.peer.name = draft.remote_id->value;
    }
    return true;
}

Result<bool> take_addresses(const Draft& draft, Profile& profile, Role role) {
    if (draft.gateway) profile.gateway = draft.gateway->value;
    profile.more_gateways = draft.more_gateways;
    if (draft.local) {
        for (const auto& text : draft.local->value) {
            const auto address = ike::Address::parse(text);
            if (!address) {
                return ike::failure(fmt::format("{}: \"{}\" is no address", draft.local->where, text),
                                    "write an address of this machine, as 192.0.2.1 or 2001:db8::1");
            }
            profile.local.push_back(*address);
        }
    }
    const auto port = draft.port ? static_cast<std::uint16_t>(draft.port->value) : standard_port;
    // Off the standard port, NAT traversal is found on its neighbour.
    const auto beside =
        port == standard_port ? standard_nat_port : static_cast<std::uint16_t>(port == 0 ? 0 : port + 1);
    const auto nat_port = draft.nat_port ? static_cast<std::uint16_t>(draft.nat_port->value) : beside;
    if (nat_port == port && port != 0)
        return ike::failure(fmt::format("port {} and nat_port {}: these cannot be one", port, nat_port),
                            "take two different ports");
    if (role == Role::initiator && (port == 0 || nat_port == 0))
        return ike::failure("port 0: only a responder can take any free one",
                            "give the gateway's ports with --port and --nat-port");
    profile.gateway_port = port;
    profile.gateway_nat_port = nat_port;
    profile.own_port = role == Role::responder ? port : 0;
    profile.own_nat_port = role == Role::responder ? nat_port : 0;
    if (role == Role::initiator && draft.local_port)
        profile.own_port = static_cast<std::uint16_t>(draft.local_port->value);
    if (role == Role::initiator && draft.local_nat_port)
        profile.own_nat_port = static_cast<std::uint16_t>(draft.local_nat_port->value);
    return true;
}

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ",")); }

Result<bool> take_proposals(const Draft& draft, Profile& profile) {
    for (const auto& [given, protocol, into] :
         {std::tuple{&draft.ike_proposals, ike::ProtocolId::ike, &profile.peer.ike_proposals},
          std::tuple{&draft.esp_proposals, ike::ProtocolId::esp, &profile.peer.esp_proposals}}) {
        if (!*given) continue;
        auto proposals = ike::parse_proposals(protocol, joined((*given)->value));
        if (!proposals) return std::unexpected{at((*given)->where, proposals.error())};
        *into = std::move(*proposals);
    }
    return true;
}

Result<bool> take_selectors(const Draft& draft, Profile& profile) {
    for (const auto& [given, into] : {std::pair{&draft.ts_local, &profile.peer.ts_local},
                                      std::pair{&draft.ts_remote, &profile.peer.ts_remote}}) {
        *into = {ike::everything(ike::Address::Family::v4), ike::everything(ike::Address::Family::v6)};
        if (!*given) continue;
        auto selectors = ike::parse_selectors(joined((*given)->value));
        if (!selectors) return std::unexpected{at((*given)->where, selectors.error())};
        if (selectors->empty())
            return ike::failure((*given)->where + ": no traffic selector",
                                "write prefixes such as 10.0.0.0/24");
        *into = std::move(*selectors);
    }
    return true;
}

/// RFC 5685, of both roles.
Result<bool> take_redirects(const Draft& draft, Profile& profile) {
    if (draft.follow_redirects) profile.peer.follow_redirects = draft.follow_redirects->value;
    if (draft.redirect_in && !draft.redirect_to)
        return ike::failure(draft.redirect_in->where + ": where to is not said", "give redirect_to as well");
    if (!draft.redirect_to) return true;
    const auto& name = draft.redirect_to->value;
    auto made = std::make_shared<ike::Redirection>();
    if (const auto address = ike::Address::parse(name)) {
        made->gateway = *address;
    } else {
        made->gateway = name;
    }
    const auto word = draft.redirect_in ? draft.redirect_in->value : std::string{"init"};
    if (word != "init" && word != "auth")
        return ike::failure(
            fmt::format("{}: \"{}\" is neither init nor auth", draft.redirect_in->where, word));
    made->in = word == "auth" ? ike::Redirection::In::ike_auth : ike::Redirection::In::ike_sa_init;
    profile.peer.redirect = std::move(made);
    return true;
}

Result<bool> take_policy(const Draft& draft, Profile& profile) {
    profile.peer.mobike = draft.mobike;
    profile.peer.timers = draft.timers;
    profile.peer.mode = draft.children.mode;
    profile.peer.children = draft.children.kinds;
    profile.peer.child_policy = draft.children.policy;
    if (draft.initial_contact) profile.peer.send_initial_contact = draft.initial_contact->value;
    if (draft.replay_window) profile.peer.replay_window = draft.replay_window->value;
    if (draft.fragment_size) profile.peer.fragment_limit = draft.fragment_size->value;
    if (draft.window) profile.peer.window = static_cast<std::uint32_t>(draft.window->value);
    profile.peer.request_addresses = draft.request_addresses;
    profile.peer.pool = draft.pool;
    profile.peer.ppk = draft.ppk;
    if (draft.childless) {
        const auto& word = draft.childless->value;
        if (word != "refuse" && word != "allow" && word != "ask")
            return ike::failure(
                fmt::format("{}: \"{}\" is none of refuse, allow and ask", draft.childless->where, word));
        profile.peer.childless = word == "refuse" ? ike::Childless::refuse
                                 : word == "ask"  ? ike::Childless::ask
                                                  : ike::Childless::allow;
    }
    if (!draft.encapsulation || draft.encapsulation->value == "auto") return true;
    if (draft.encapsulation->value != "always")
        return ike::failure(fmt::format("{}: \"{}\" is neither auto nor always", draft.encapsulation->where,
                                        draft.encapsulation->value));
    profile.force_udp = profile.peer.udp_encapsulation = true;
    return true;
}

}  // namespace

Result<Profile> make_profile(const Draft& draft, Role role) {
    Profile profile;
    for (const auto take :
         {take_proposals, take_selectors, take_policy, take_redirects, take_identities, read_credentials}) {
        if (const auto taken = take(draft, profile); !taken) return std::unexpected{taken.error()};
    }
    if (const auto taken = read_eap(draft, profile, role); !taken) return std::unexpected{taken.error()};
    if (const auto taken = take_addresses(draft, profile, role); !taken)
        return std::unexpected{taken.error()};
    return profile;
}

Result<Profile> read_profile(const std::string& file, Role role) {
    const auto draft = read_draft(file);
    if (!draft) return std::unexpected{draft.error()};
    return make_profile(*draft, role);
}

namespace {

Result<Profile> resolve_one(const std::string& file, const CommonOptions& options, Role role,
                            const std::string& gateway) {
    auto draft = file.empty() ? Result<Draft>{Draft{}} : read_draft(file);
    if (!draft) return std::unexpected{draft.error()};
    override_with(*draft, options);
    if (!gateway.empty()) {
        draft->gateway = {gateway, "GATEWAY"};
        draft->more_gateways.clear();
    }
    if (role == Role::initiator && !draft->gateway)
        return ike::failure("no gateway is named",
                            "give its name or address, or a profile that has one with --peer");
    return make_profile(*draft, role);
}

}  // namespace

Result<Profile> resolve_profile(const CommonOptions& options, Role role, const std::string& gateway) {
    return resolve_one(options.profiles.empty() ? std::string{} : options.profiles.front(), options, role,
                       gateway);
}

Result<std::vector<Profile>> resolve_profiles(const CommonOptions& options) {
    const auto files = options.profiles.empty() ? std::vector{std::string{}} : options.profiles;
    std::vector<Profile> profiles;
    for (const auto& file : files) {
        auto profile = resolve_one(file, options, Role::responder, {});
        if (!profile) return std::unexpected{profile.error()};
        const auto& first = profiles.empty() ? *profile : profiles.front();
        if (profile->own_port != first.own_port || profile->own_nat_port != first.own_nat_port) {
            return ike::failure(fmt::format("{}: its ports differ from those of {}", file, files.front()),
                                "one server has one pair of ports: make them equal, or give --port");
        }
        profiles.push_back(std::move(*profile));
    }
    return profiles;
}

ike::io::SessionConfig session_config(std::vector<Profile> profiles, const CommonOptions& options, Role role,
                                      std::string_view application) {
    ike::io::SessionConfig config;
    config.application = application;
    config.key_log = options.keylog;
    config.capture = options.capture;
    config.seed = options.seed;
    if (options.tun) config.inner = ike::io::InnerTun{*options.tun};
    if (options.dataplane == "kernel") config.esp = ike::io::EspHome::kernel;
    config.engine.respond = role == Role::responder;
    config.engine.trace = options.verbose;
    if (!profiles.empty()) {
        const auto& first = profiles.front();
        config.engine.ike_port = first.own_port;
        config.engine.nat_port = first.own_nat_port;
        config.engine.remote_ike_port = first.gateway_port;
        config.engine.remote_nat_port = first.gateway_nat_port;
    }
    bool any_address = false;
    for (auto& profile : profiles) {
        any_address = any_address || profile.local.empty();
        for (const auto& address : profile.local) {
            if (std::ranges::find(config.local, address) == config.local.end())
                config.local.push_back(address);
        }
        config.engine.peers.push_back(std::move(profile.peer));
    }
    if (any_address) config.local.clear();
    return config;
}

#include "tools/common/draft.hpp"

#include <filesystem>

#include "libike/sa/traffic_selectors.hpp"

using ike::Result;

namespace {

void read_mobike(YamlMap& top, ike::MobikePolicy& policy) {
    auto map = top.map("mobike");
    if (!map) return;
    if (const auto given = map->yes_no("enabled")) policy.enabled = given->value;
    if (const auto given = map->yes_no("return_routability")) policy.return_routability = given->value;
    if (const auto given = map->yes_no("cookie2_in_update")) policy.cookie2_in_update = given->value;
    if (const auto given = map->yes_no("no_nats_allowed")) policy.no_nats_allowed = given->value;
    if (const auto given = map->texts("additional")) {
        for (const auto& text : given->value) {
            const auto address = ike::Address::parse(text);
            if (!address)
                map->fail("additional", "\"" + text + "\" is no address", "write 192.0.2.1 or 2001:db8::1");
            if (address) policy.additional.push_back(*address);
        }
    }
    if (const auto given = map->texts("refused")) {
        for (const auto& text : given->value) {
            const auto selector = ike::parse_selector(text);
            if (!selector) map->fail("refused", selector.error().what, "write prefixes such as 10.0.0.0/8");
            if (selector) policy.refused.push_back(*selector);
        }
    }
    top.adopt(*map);
}

void read_timers(YamlMap& top, ike::Timers& timers) {
    auto map = top.map("timers");
    if (!map) return;
    const auto take = [&](const char* key, ike::Duration& into) {
        if (const auto given = map->duration(key)) into = given->value;
    };
    take("retransmit_initial", timers.retransmit.initial);
    take("retransmit_limit", timers.retransmit.limit);
    if (const auto given = map->decimal("retransmit_factor", 1.0, 10.0))
        timers.retransmit.factor = given->value;
    if (const auto given = map->number("retransmit_attempts", 1, 100))
        timers.retransmit.attempts = static_cast<unsigned>(given->value);
    take("liveness", timers.liveness);
    take("nat_keepalive", timers.nat_keepalive);
    take("half_open", timers.half_open);
    take("ike_rekey", timers.ike_rekey);
    take("child_rekey", timers.child_rekey);
    take("ike_lifetime", timers.ike_lifetime);
    take("child_lifetime", timers.child_lifetime);
    take("reauthentication", timers.reauthentication);
    take("auth_lifetime", timers.auth_lifetime);
    if (timers.retransmit.initial <= ike::Duration::zero())
        map->fail("retransmit_initial", "must be longer than 0");
    top.adopt(*map);
}

void read_requested(YamlMap& map, std::vector<ike::Address::Family>& families) {
    const auto given = map.texts("request_addresses");
    if (!given) return;
    for (const auto& text : given->value) {
        if (text != "ipv4" && text != "ipv6")
            map.fail("request_addresses", "\"" + text + "\" is neither ipv4 nor ipv6");
        families.push_back(text == "ipv6" ? ike::Address::Family::v6 : ike::Address::Family::v4);
    }
}

/// Ranges as selectors write them, without protocol and port.
std::vector<ike::TrafficSelector> read_ranges(YamlMap& map, const char* key) {
    std::vector<ike::TrafficSelector> ranges;
    const auto given = map.texts(key);
    if (!given) return ranges;
    for (const auto& text : given->value) {
        const auto selector = ike::parse_selector(text);
        if (!selector) map.fail(key, selector.error().what, "write 10.98.0.0/24 or 10.98.0.10-10.98.0.99");
        if (selector) ranges.push_back(*selector);
    }
    return ranges;
}

/// What can be handed out of it: of a network neither its own address nor the broadcast address.
ike::AddressPool::Range hosts_of(const ike::TrafficSelector& range) {
    auto first = ike::to_bytes(range.start.octets()), last = ike::to_bytes(range.end.octets());
    const bool network = (first.back() & 3U) == 0 && (last.back() & 3U) == 3 &&
                         to_string(range).find('/') != std::string::npos;
    if (network) {
        ++first.back();
        --last.back();
    }
    return {*ike::Address::from_octets(first), *ike::Address::from_octets(last)};
}

void read_pool(YamlMap& top, std::shared_ptr<const ike::AddressPool>& into) {
    auto map = top.map("pool");
    if (!map) return;
    auto pool = std::make_shared<ike::AddressPool>();
    for (const auto& range : read_ranges(*map, "addresses")) pool->ranges.push_back(hosts_of(range));
    pool->subnets = read_ranges(*map, "subnets");
    if (const auto given = map->texts("dns")) {
        for (const auto& text : given->value) {
            const auto address = ike::Address::parse(text);
            if (!address) map->fail("dns", "\"" + text + "\" is no address");
            if (address) pool->dns.push_back(*address);
        }
    }
    if (const auto given = map->texts("domains")) pool->dns_domains = given->value;
    if (pool->ranges.empty())
        map->fail("addresses", "there are none to hand out", "write addresses: 10.98.0.0/24");
    top.adopt(*map);
    into = std::move(pool);
}

void read_ppk(YamlMap& top, std::shared_ptr<const ike::Ppk>& into) {
    auto map = top.map("ppk");
    if (!map) return;
    auto ppk = std::make_shared<ike::Ppk>();
    const auto id = map->text("id");
    const auto text = map->text("secret"), digits = map->text("secret_hex");
    if (const auto given = map->yes_no("required")) ppk->required = given->value;
    if (id) ppk->id = ike::to_bytes(id->value);
    if (text) ppk->secret = ike::SecretBytes{ike::to_bytes(text->value)};
    if (digits) {
        const auto octets = ike::from_hex(digits->value);
        if (!octets) map->fail("secret_hex", "not hexadecimal octets");
        if (octets) ppk->secret = ike::SecretBytes{*octets};
    }
    if (ppk->id.empty()) map->fail("id", "is missing", "write the PPK_ID that both sides know");
    if (ppk->secret.empty() || (text && digits))
        map->fail("secret", "wants exactly one of secret and secret_hex");
    top.adopt(*map);
    into = std::move(ppk);
}

void read_eap_client(YamlMap& top, EapDraft& eap) {
    auto map = top.map("eap");
    if (!map) return;
    eap.where = map->where();
    eap.methods = map->texts("method");
    eap.identity = map->text("identity");
    eap.password = map->text("password");
    eap.password_file = map->text("password_file");
    eap.server = map->text("server");
    eap.tls_version = map->text("tls_version");
    eap.only = map->yes_no("only");
    top.adopt(*map);
}

void read_eap_server(YamlMap& top, EapDraft& eap) {
    eap.server_methods = top.texts("eap_method");
    eap.server_tls_version = top.text("eap_tls_version");
    if (const auto given = top.yes_no("eap_only")) eap.only = given;
    auto map = top.map("eap_users");
    if (!map) return;
    eap.users_where = map->where();
    for (const auto& name : map->keys()) {
        if (const auto password = map->text(name)) eap.users.emplace(name, password->value);
    }
    top.adopt(*map);
}

void put(Given<std::string>& into, const std::string& value, const char* flag) {
    if (!value.empty()) into = {value, flag};
}
void put(Given<std::vector<std::string>>& into, const std::vector<std::string>& value, const char* flag) {
    if (!value.empty()) into = {value, flag};
}
void put_list(Given<std::vector<std::string>>& into, const std::string& value, const char* flag) {
    if (!value.empty()) into = {{value}, flag};
}

}  // namespace

Draft read_draft(YamlMap& map) {
    Draft draft;
    draft.folder = std::filesystem::path{map.file()}.parent_path().string();
    if (const auto gateways = map.texts("gateway"); gateways && !gateways->value.empty()) {
        draft.gateway = {gateways->value.front(), gateways->where};
        draft.more_gateways.assign(gateways->value.begin() + 1, gateways->value.end());
    }
    draft.port = map.number("port", 0, 65535);
    draft.nat_port = map.number("nat_port", 0, 65535);
    draft.local = map.texts("local");
    draft.local_port = map.number("local_port", 0, 65535);
    draft.local_nat_port = map.number("local_nat_port", 0, 65535);
    draft.id = map.text("id");
    draft.remote_id = map.text("remote_id");
    draft.psk = map.text("psk");
    draft.psk_hex = map.text("psk_hex");
    draft.psk_file = map.text("psk_file");
    draft.certificates = map.texts("certificates");
    draft.key = map.text("key");
    draft.ca = map.texts("ca");
    draft.crl = map.texts("crl");
    draft.revocation = map.text("revocation");
    draft.signature = map.text("signature");
    draft.ike_proposals = map.texts("ike_proposals");
    draft.esp_proposals = map.texts("esp_proposals");
    draft.ts_local = map.texts("ts_local");
    draft.ts_remote = map.texts("ts_remote");
    draft.encapsulation = map.text("encapsulation");
    draft.initial_contact = map.yes_no("initial_contact");
    draft.replay_window = map.number("replay_window", 0, 65536);
    draft.window = map.number("window", 1, 64);
    draft.childless = map.text("childless");
    draft.follow_redirects = map.yes_no("follow_redirects");
    draft.redirect_to = map.text("redirect_to");
    draft.redirect_in = map.text("redirect_in");
    draft.null_authentication = map.yes_no("null_authentication");
    draft.accept_null = map.yes_no("accept_null");
    read_requested(map, draft.request_addresses);
    read_pool(map, draft.pool);
    read_ppk(map, draft.ppk);
    read_eap_client(map, draft.eap);
    read_eap_server(map, draft.eap);
    draft.fragment_size = map.number("fragment_size", 0, 65535);
    read_mobike(map, draft.mobike);
    read_timers(map, draft.timers);
    read_children(map, draft.children);
    return draft;
}

Result<Draft> read_draft(const std::string& file) {
    auto map = YamlMap::load(file);
    if (!map) return std::unexpected{map.error()};
    auto draft = read_draft(*map);
    if (const auto done = map->finish(); !done) return std::unexpected{done.error()};
    return draft;
}

void override_with(Draft& draft, const CommonOptions& options) {
    put(draft.id, options.id, "--id");
    put(draft.remote_id, options.remote_id, "--remote-id");
    if (!options.psk_file.empty()) draft.psk = draft.psk_hex = std::nullopt;
    // Files that flags name are relative to where the tool runs.
    const auto here = [](std::string file) {
        return file.empty() ? file : std::filesystem::absolute(file).string();
    };
    put(draft.psk_file, here(options.psk_file), "--psk-file");
    std::vector<std::string> certificates, authorities;
    for (const auto& file : options.cert) certificates.push_back(here(file));
    for (const auto& file : options.ca) authorities.push_back(here(file));
    put(draft.certificates, certificates, "--cert");
    put(draft.key, here(options.key), "--key");
    put(draft.ca, authorities, "--ca");
    put(draft.local, options.local, "--local");
    if (options.port) draft.port = {*options.port, "--port"};
    if (options.port && !options.nat_port) draft.nat_port = std::nullopt;
    if (options.nat_port) draft.nat_port = {*options.nat_port, "--nat-port"};
    put_list(draft.ike_proposals, options.proposal, "--proposal");
    put_list(draft.esp_proposals, options.esp_proposal, "--esp-proposal");
    put_list(draft.ts_local, options.ts_local, "--ts-local");
    put_list(draft.ts_remote, options.ts_remote, "--ts-remote");
    // A flag describes one Child SA, in place of those of the profile.
    if (!options.esp_proposal.empty() || !options.ts_local.empty() || !options.ts_remote.empty())
        draft.children.kinds.clear();
    if (options.no_mobike) draft.mobike.enabled = false;
}

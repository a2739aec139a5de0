#pragma once
// A profile as it was written: texts with the place where each stood, from the file first and then from
// flags.
#include <map>

#include "tools/common/profile.hpp"
#include "tools/common/yaml_map.hpp"

/// What a profile says of Child SAs.
struct ChildrenDraft {
    ike::ChildMode mode = ike::ChildMode::tunnel;
    std::vector<ike::ChildConfig> kinds;
    ike::ChildPolicy policy;
};

/// EAP: `eap:` of an initiator, `eap_method:`, `eap_users:` and the like of a responder.
struct EapDraft {
    Given<std::vector<std::string>> methods, server_methods;
    Given<std::string> identity, password, password_file, server, tls_version, server_tls_version;
    Given<bool> only;
    std::map<std::string, std::string> users;
    std::string where, users_where;  ///< "FILE:LINE" of eap: and eap_users:; empty where they are not given
    bool is_client() const { return !where.empty(); }
    bool is_server() const { return server_methods || !users_where.empty(); }
};

struct Draft {
    Given<std::string> gateway, id, remote_id;
    std::vector<std::string> more_gateways;
    Given<std::string> psk, psk_hex, psk_file, key;
    Given<std::string> signature, revocation, redirect_to, redirect_in;
    Given<bool> follow_redirects;
    Given<std::vector<std::string>> certificates, ca, crl, local, ike_proposals, esp_proposals, ts_local,
        ts_remote;
    Given<std::uint64_t> port, nat_port, local_port, local_nat_port;
    Given<std::string> encapsulation;
    Given<bool> initial_contact, null_authentication, accept_null;
    Given<std::uint64_t> replay_window, fragment_size, window;
    Given<std::string> childless;
    std::vector<ike::Address::Family> request_addresses;
    std::shared_ptr<const ike::AddressPool> pool;
    std::shared_ptr<const ike::Ppk> ppk;
    EapDraft eap;
    ike::MobikePolicy mobike;
    ike::Timers timers;
    ChildrenDraft children;
    std::string folder;  ///< file names in the profile are relative to it
};

/// Every key of ike-peer(5), from a mapping that may have others; what is wrong sticks to it.
Draft read_draft(YamlMap& map);
ike::Result<Draft> read_draft(const std::string& file);
/// The keys `mode`, `children` and `child`.
void read_children(YamlMap& map, ChildrenDraft& draft);
/// Flags over what is there.
void override_with(Draft& draft, const CommonOptions& options);
/// The values made sense of and the files read.
ike::Result<Profile> make_profile(const Draft& draft, Role role);
/// EAP into `profile.peer`, for the role that it is for.
ike::Result<bool> read_eap(const Draft& draft, Profile& profile, Role role);
/// The text of a file with a secret, without the end of its line. `where` names the setting.
ike::Result<ike::SecretBytes> read_secret(const Setting<std::string>& file, const std::string& folder);
/// PSK, certificates and private key into `profile.peer`; says what is missing or does not fit together.
ike::Result<bool> read_credentials(const Draft& draft, Profile& profile);
